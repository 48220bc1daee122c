#include "app/gui/library_search.h"

#include <QDateTime>
#include <QFileInfo>
#include <QLocale>

#include "storage/conversation_store.h"
#include "storage/document_store.h"

namespace longview::app {

namespace {

constexpr std::int64_t most_documents = 50;
constexpr std::int64_t most_answers = 30;

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

QString day(const std::string& utc) {
    const auto time = QDateTime::fromString(text(utc), Qt::ISODate).toLocalTime();
    return QLocale().toString(time.date(), QLocale::ShortFormat);
}

ui::LibraryEntry entry_of(const storage::DocumentRecord& document) {
    return {text(document.title).simplified(),
            QStringLiteral("%1 · %2 tokens · %3")
                .arg(day(document.opened_at), QLocale().toString(static_cast<qlonglong>(document.tokens)),
                     text(document.path)),
            text(document.path)};
}

ui::LibraryEntry entry_of(const storage::FoundExchange& found) {
    const Exchange& exchange = found.exchange;
    QString about = text(found.document_title).simplified();
    if (!exchange.as_of.empty())
        about += QStringLiteral(", as of ") + text(exchange.as_of);
    return {QStringLiteral("“%1”").arg(text(exchange.question).simplified()),
            QStringLiteral("%1 — %2, %3")
                .arg(text(exchange.answer).simplified().left(300), about, day(exchange.asked_at)),
            text(found.document_path), text(exchange.question), text(exchange.asked_at)};
}

} // namespace

std::vector<ui::LibraryEntry> look_up(const std::filesystem::path& library, const QString& words) {
    std::vector<ui::LibraryEntry> entries;
    if (!std::filesystem::exists(library))
        return entries;
    storage::Database database(library, storage::Database::Mode::read_only);
    const auto add = [&entries](ui::LibraryEntry entry) {
        if (!entry.path.isEmpty()) // of some only the memory was imported: there is no file to open
            entries.push_back(std::move(entry));
    };
    storage::DocumentStore documents(database);
    const std::string sought = words.toStdString();
    for (const auto& document :
         words.isEmpty() ? documents.list({most_documents, 0}) : documents.search(sought, most_documents))
        add(entry_of(document));
    for (const auto& found : storage::ConversationStore(database).search(sought, most_answers))
        add(entry_of(found));
    return entries;
}

} // namespace longview::app

// longview-pdf-text SECONDS BYTES PART PARTS: the text of one part of the PDF on the standard input, as lines
// of JSON on the standard output. The password, if any, is in LONGVIEW_PDF_PASSWORD. One object, in part 0
// with "title" and "outline", then one object with "label" and "text" per page; or one with "error":
// "password", "damaged" or "scheme". app/importers/pdf.cpp reads it.

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPdfBookmarkModel>
#include <QPdfDocument>
#include <QPdfSelection>

namespace {

void limit(int resource, const char* value) {
    const auto most = static_cast<rlim_t>(std::strtoull(value, nullptr, 10));
    const rlimit both{most, most};
    setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

/// Before anything of the file is looked at. A sanitizer reserves more addresses than any limit allows.
void limit_resources(char** arguments) {
    limit(RLIMIT_CPU, arguments[1]);
    limit(RLIMIT_CORE, "0");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    limit(RLIMIT_AS, arguments[2]);
#endif
}

bool print(const QJsonObject& object) {
    const QByteArray line = QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
    return std::fwrite(line.constData(), 1, static_cast<std::size_t>(line.size()), stdout) ==
           static_cast<std::size_t>(line.size());
}

int fail(const char* what) {
    print({{QStringLiteral("error"), QString::fromLatin1(what)}});
    return 0;
}

void add_outline(const QPdfBookmarkModel& model, const QModelIndex& parent, int level, QJsonArray& outline) {
    constexpr int deepest = 32, most = 20000;
    for (int row = 0; row < model.rowCount(parent) && level <= deepest && outline.size() < most; ++row) {
        const auto index = model.index(row, 0, parent);
        outline.append(
            QJsonObject{{QStringLiteral("title"),
                         model.data(index, static_cast<int>(QPdfBookmarkModel::Role::Title)).toString()},
                        {QStringLiteral("level"), level},
                        {QStringLiteral("page"),
                         model.data(index, static_cast<int>(QPdfBookmarkModel::Role::Page)).toInt()}});
        add_outline(model, index, level + 1, outline);
    }
}

QJsonObject description(QPdfDocument& document) {
    QPdfBookmarkModel bookmarks;
    bookmarks.setDocument(&document);
    QJsonArray outline;
    add_outline(bookmarks, {}, 1, outline);
    return {{QStringLiteral("title"), document.metaData(QPdfDocument::MetaDataField::Title).toString()},
            {QStringLiteral("outline"), outline}};
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 5)
        return 2;
    limit_resources(argv);
    const QCoreApplication application(argc, argv);
    QPdfDocument document;
    document.setPassword(qEnvironmentVariable("LONGVIEW_PDF_PASSWORD"));
    const auto problem = document.load(QStringLiteral("/proc/self/fd/0"));
    if (problem == QPdfDocument::Error::IncorrectPassword)
        return fail("password");
    if (problem == QPdfDocument::Error::UnsupportedSecurityScheme)
        return fail("scheme");
    if (problem != QPdfDocument::Error::None)
        return fail("damaged");
    const int part = std::atoi(argv[3]), parts = std::max(1, std::atoi(argv[4]));
    if (!print(part == 0 ? description(document)
                         : QJsonObject())) // once is enough: finding its pages takes long
        return 1;
    const auto border = [&](int index) {
        return static_cast<int>(qint64{document.pageCount()} * index / parts);
    };
    for (int page = border(part); page < border(part + 1); ++page) {
        if (!print({{QStringLiteral("label"), document.pageLabel(page)},
                    {QStringLiteral("text"), document.getAllText(page).text()}}))
            return 1; // nobody reads the rest
    }
    return std::fflush(stdout) == 0 ? 0 : 1;
}

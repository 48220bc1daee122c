// The library's list of documents.

#include <QtTest>

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/conversation_store.h"
#include "storage/sql.h"
#include "support.h"

using namespace longview;
using namespace longview::storage;
using namespace longview::storage::test;

class TestDocumentStore : public QObject {
    Q_OBJECT

    static std::vector<std::string> titles(const std::vector<DocumentRecord>& records) {
        std::vector<std::string> result;
        for (const auto& record : records)
            result.push_back(record.title);
        return result;
    }

private slots:
    void keepsEveryField() {
        const QTemporaryDir directory;
        DocumentRecord record = document_of("Krieg und Frieden — «Война и мир»");
        record.path = std::string("/odd\npath/\xff\xfe", 13);
        record.bytes = std::numeric_limits<std::int64_t>::max();
        record.tokens = 5'000'000'000;
        std::int64_t id = 0;
        {
            Database database(path_in(directory));
            id = DocumentStore(database).remember(record);
        }
        Database database(path_in(directory));
        const auto found = DocumentStore(database).find(record.content_hash);
        QVERIFY(found.has_value());
        QCOMPARE(found->id, id);
        QVERIFY(id > 0);
        QCOMPARE(found->content_hash, record.content_hash);
        QVERIFY(found->path == record.path);
        QCOMPARE(found->title, record.title);
        QCOMPARE(found->bytes, record.bytes);
        QCOMPARE(found->tokens, record.tokens);
        const QRegularExpression iso(QStringLiteral(R"(^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$)"));
        QVERIFY(iso.match(QString::fromStdString(found->added_at)).hasMatch());
        const QDateTime added =
            QDateTime::fromString(QString::fromStdString(found->added_at), Qt::ISODateWithMs);
        QCOMPARE(added.timeSpec(), Qt::UTC);
        QVERIFY(qAbs(added.secsTo(QDateTime::currentDateTimeUtc())) < 3600);
        QCOMPARE(found->opened_at, found->added_at);
    }

    void updatesAKnownContent() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        DocumentStore documents(database);
        DocumentRecord record = document_of("one");
        const std::int64_t id = documents.remember(record);
        const DocumentRecord before = *documents.find(record.content_hash);
        record.path = "/moved";
        record.title = "Renamed";
        record.tokens = 7;
        QCOMPARE(documents.remember(record), id);
        const DocumentRecord after = *documents.find(record.content_hash);
        QCOMPARE(after.path, std::string("/moved"));
        QCOMPARE(after.title, std::string("Renamed"));
        QCOMPARE(after.tokens, 7);
        QCOMPARE(after.added_at, before.added_at);
        QVERIFY(after.opened_at > before.opened_at);
        QCOMPARE(documents.list().size(), 1U);
    }

    void listsTheLastOpenedFirst() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        DocumentStore documents(database);
        for (const char* name : {"a", "b", "c"})
            documents.remember(document_of(name));
        documents.remember(document_of("a"));
        QCOMPARE(titles(documents.list()), (std::vector<std::string>{"a", "c", "b"}));
    }

    void findsByPathWhateverTheContent() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        DocumentStore documents(database);
        QVERIFY(!documents.find("nothing").has_value());
        QVERIFY(!documents.find_path("/nowhere").has_value());
        DocumentRecord original = document_of("original"), copy = original, edited = document_of("edited");
        copy.path = "/copy";
        edited.path = original.path;
        documents.remember(original);
        documents.remember(copy); // the same content at a second place
        QCOMPARE(documents.find_path(original.path)->title, std::string("original"));
        QCOMPARE(documents.find_path("/copy")->title, std::string("original"));
        documents.remember(edited); // another content at the first place
        QCOMPARE(documents.find_path(original.path)->title, std::string("edited"));
        QCOMPARE(documents.find_path("/copy")->title, std::string("original"));
    }

    void removesWithEverythingThatBelongsToIt() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        DocumentStore documents(database);
        MemoryStore memories(database);
        ConversationStore conversations(database);
        const std::int64_t gone = documents.remember(document_of("gone"));
        const std::int64_t kept = documents.remember(document_of("kept"));
        for (const std::int64_t id : {gone, kept}) {
            conversations.add(id, exchange_of("Why?"));
            memories.put(key_of(static_cast<std::uint64_t>(id)), state_of(1, 3), {id, "m", "n"});
        }
        QVERIFY(documents.remove(gone));
        QVERIFY(!documents.remove(gone));
        QVERIFY(!documents.find_path(document_of("gone").path).has_value());
        QCOMPARE(conversations.list(gone).size(), 0U);
        QCOMPARE(conversations.list(kept).size(), 1U);
        QCOMPARE(memories.list().size(), 1U);
        QCOMPARE(integer_of(database.handle(), "SELECT count(*) FROM memory_parts"), 1);
        QVERIFY(documents.remember(document_of("gone")) != gone); // a number is never given twice
    }
};

QTEST_GUILESS_MAIN(TestDocumentStore)
#include "tst_storage_document_store.moc"

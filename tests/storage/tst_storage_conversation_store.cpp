// Questions and answers come back exactly as they were.

#include <QtTest>

#include <cmath>
#include <limits>

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/conversation_store.h"
#include "storage/sql.h"
#include "support.h"

using namespace longview;
using namespace longview::storage;
using namespace longview::storage::test;

class TestConversationStore : public QObject {
    Q_OBJECT

    static Exchange full() {
        Exchange exchange;
        exchange.question = std::string("Wo\0 wurde Marta geboren?\n", 25);
        exchange.answer = "In \xc3\x9c"
                          "berlingen; DROP TABLE exchanges; --";
        exchange.asked_at = "2025-01-31T12:00:00Z";
        exchange.model = "model \"x\"";
        exchange.device = "CPU, 8 threads";
        exchange.as_of = "segment 12 of 37, page 40";
        exchange.stopped_because = StopReason::segment_full;
        exchange.answer_tokens = 11;
        exchange.document_tokens = 9'000'000'000'000;
        exchange.segments_total = 12;
        exchange.segments_computed = 5;
        exchange.segments_reused = 7;
        exchange.time_to_first_token_ms = 0.1 + 0.2;
        exchange.tokens_per_second = std::nextafter(1.0, 2.0);
        exchange.confidence = 1.0 / 3;
        exchange.total_ms = std::numeric_limits<double>::denorm_min();
        exchange.mentions = {{5'000'000'000, 5'000'000'009, "page 7",
                              "\xc3\x9c"
                              "berlingen"},
                             {0, 1, "", ""}};
        return exchange;
    }

private slots:
    void keepsEveryFieldExactly() {
        const QTemporaryDir directory;
        std::int64_t document = 0;
        {
            Database database(path_in(directory));
            document = DocumentStore(database).remember(document_of("one"));
            ConversationStore(database).add(document, full());
        }
        Database database(path_in(directory));
        const auto exchanges = ConversationStore(database).list(document);
        QCOMPARE(exchanges.size(), 1U);
        QVERIFY(exchanges.front() == full());
    }

    void keepsEveryStopReasonAndOddNumber() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        ConversationStore store(database);
        const std::int64_t document = DocumentStore(database).remember(document_of("one"));
        for (const StopReason reason : {StopReason::stop_token, StopReason::max_tokens,
                                        StopReason::segment_full, StopReason::cancelled}) {
            Exchange exchange = full();
            exchange.stopped_because = reason;
            exchange.tokens_per_second = std::numeric_limits<double>::infinity();
            exchange.total_ms = 7; // an integer in a REAL column
            store.add(document, exchange);
            QVERIFY(store.list(document).back() == exchange);
        }
        Exchange nan = full();
        nan.tokens_per_second = std::numeric_limits<double>::quiet_NaN();
        store.add(document, nan);
        QVERIFY(std::isnan(store.list(document).back().tokens_per_second));
        store.add(document, Exchange{});
        QVERIFY(store.list(document).back() == Exchange{});
    }

    void listsTheOldestFirstPerDocument() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        ConversationStore store(database);
        const std::int64_t a = DocumentStore(database).remember(document_of("a"));
        const std::int64_t b = DocumentStore(database).remember(document_of("b"));
        Exchange mentioned = exchange_of("1");
        mentioned.mentions = full().mentions;
        const std::int64_t first = store.add(a, mentioned);
        store.add(b, exchange_of("other"));
        QVERIFY(store.add(a, exchange_of("2")) > first);
        const auto exchanges = store.list(a);
        QCOMPARE(exchanges.size(), 2U);
        QCOMPARE(exchanges[0].question, std::string("1"));
        QCOMPARE(exchanges[1].question, std::string("2"));
        QCOMPARE(exchanges[0].mentions.size(), 2U);
        QCOMPARE(exchanges[1].mentions.size(), 0U);
        QCOMPARE(store.remove_of_document(a), 2);
        QCOMPARE(store.remove_of_document(a), 0);
        QCOMPARE(store.list(b).size(), 1U);
        QCOMPARE(integer_of(database.handle(), "SELECT count(*) FROM mentions"), 0);
    }

    void findsWhatWasAskedWithEverythingThatWasStored() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        ConversationStore store(database);
        const std::int64_t one = DocumentStore(database).remember(document_of("one"));
        const std::int64_t two = DocumentStore(database).remember(document_of("two"));
        Exchange asked = full();
        asked.as_of = "segment 3 of 9";
        asked.question = "Where is the lighthouse?";
        store.add(one, asked);
        store.add(two, asked);
        const auto found = store.search("light", 10);
        QCOMPARE(found.size(), 2U);
        QVERIFY(found[1].exchange == asked);
        QCOMPARE(found[1].document_id, one);
        QCOMPARE(found[1].document_title, document_of("one").title);
        QCOMPARE(found[1].document_path, document_of("one").path);
        const auto of_two = store.search("light", 10, two);
        QCOMPARE(of_two.size(), 1U);
        QCOMPARE(of_two[0].document_id, two);
        QCOMPARE(store.search("light", 1).size(), 1U);
    }

    void refusesAnUnknownDocument() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        ConversationStore store(database);
        const std::string sentence = sentence_of([&] { store.add(77, full()); });
        QVERIFY2(has(sentence, "not in the library") && has(sentence, database.file().string()),
                 sentence.c_str());
        QVERIFY(store.list(77).empty());
    }

    void saysWhenAStopReasonIsUnknown() {
        const QTemporaryDir directory;
        Database database(path_in(directory));
        ConversationStore store(database);
        const std::int64_t document = DocumentStore(database).remember(document_of("one"));
        store.add(document, full());
        database.handle().exec("UPDATE exchanges SET stopped_because = 'tired'");
        QVERIFY(has(sentence_of([&] { store.list(document); }), "\"tired\""));
    }
};

QTEST_GUILESS_MAIN(TestConversationStore)
#include "tst_storage_conversation_store.moc"

// plan, text, search, and reading of folders and several documents.

#include "cli_runner.h"

using namespace longview::cli::test;

class TestCliDocuments : public QObject {
    Q_OBJECT
private slots:
    void init() { home_ = std::make_unique<Home>(); }
    void text();
    void planOfAFolder();
    void changedDocument();
    void readsSeveral();
    void search();
    void searchInAnswers();

private:
    std::unique_ptr<Home> home_;
};

void TestCliDocuments::text() {
    const auto located = home_->run({"text", FIXTURES "/documents/small.epub"});
    QCOMPARE(located.code, 0);
    QVERIFY(located.out.contains("“The Rabbit”, line 11\t- a watch\n"));
    const auto plain = home_->run({"text", "--plain", FIXTURES "/documents/small.epub"});
    QVERIFY(plain.out.startsWith("A small book\n\nDown the Rabbit-Hole\n"));
    const auto json = home_->run({"text", "--json", FIXTURES "/documents/small.epub"}).json();
    QCOMPARE(json["text"].toString(), plain.out);
    QCOMPARE(json["extractor"].toString(), QString("epub 2"));
    QCOMPARE(json["sections"].toArray().at(1).toObject()["title"].toString(), QString("The Rabbit"));
    const auto refused = home_->run({"text", home_->write("a.bin", QByteArray(9, '\0'))});
    QCOMPARE(refused.code, 3);
    QVERIFY(is_one_sentence(refused.err));
}

void TestCliDocuments::planOfAFolder() {
    home_->write("tree/a.c", "int a;\n");
    home_->write("tree/.gitignore", "out/\n");
    home_->write("tree/out/b.c", "int b;\n");
    home_->write("tree/old/c.c", "int c;\n");
    const auto plan = home_->run({"plan", "--json", home_->path("tree"), "--exclude", "old"}).json();
    QMap<QString, QString> reasons;
    for (const auto& file : plan["files"].toArray())
        reasons[file.toObject()["path"].toString()] = file.toObject()["reason"].toString();
    QCOMPARE(reasons,
             (QMap<QString, QString>{
                 {".gitignore", ""}, {"a.c", ""}, {"old/", "excluded by you"}, {"out/", "ignored by git"}}));
    QVERIFY(plan["tokens"].toInt() > 5);
    QVERIFY(plan["tokens_exact"].toBool());
    QVERIFY(plan["memory_bytes"].toInt() > 1000);
    QVERIFY(!QFile::exists(home_->library())); // a plan leaves nothing behind
}

void TestCliDocuments::changedDocument() {
    const auto file = home_->book("book.txt", 6000);
    QCOMPARE(home_->run({"read", file}).code, 0);
    QVERIFY(home_->run({"plan", file}).out.contains("nothing to read"));
    home_->book("book.txt", 9000); // the same beginning, more of it
    const auto plan = home_->run({"plan", "--json", file}).json();
    QVERIFY(plan["changed"].toBool());
    const auto known = plan["segments_known"].toInt(), all = plan["segments"].toInt();
    QVERIFY(known > 0 && known < all);
    QVERIFY(home_->run({"plan", file})
                .out.contains(QString("changed: %1 of %2 segments to re-read").arg(all - known).arg(all)));
    const auto again = home_->run({"read", "--json", file});
    QVERIFY(again.err.contains(
        QString("has changed since it was read: %1 of %2 segments to re-read").arg(all - known).arg(all)));
    QCOMPARE(again.json()["segments_computed"].toInt(), all - known);
}

void TestCliDocuments::readsSeveral() {
    home_->write("tree/a.txt", "Bruce walked to the kitchen.\n");
    const auto result = home_->run(
        {"read", "--json", home_->path("tree"), home_->path("none.txt"), home_->book("b.txt", 3000)});
    QCOMPARE(result.code, 3);
    const auto list = result.list();
    QCOMPARE(list.size(), 3);
    QCOMPARE(list[0].toObject()["files"].toArray().size(), 1);
    QVERIFY(list[1].toObject()["error"].toString().contains("does not exist"));
    QVERIFY(list[2].toObject()["segments_total"].toInt() > 0);
}

void TestCliDocuments::searchInAnswers() {
    QVERIFY(home_->run({"search", "--answers", "kitchen"}).out.contains("Nothing was found"));
    const QString tale = home_->write("tale.txt", story);
    const QString other = home_->write("other.txt", "John walked to the garden. " + story);
    QCOMPARE(home_->run({"ask", tale, "Where is Bruce?"}).code, 0);
    QCOMPARE(home_->run({"ask", other, "Where is Bruce?"}).code, 0);
    const QJsonArray all = home_->run({"search", "--answers", "bruce", "--json"}).list();
    QCOMPARE(all.size(), 2);
    QVERIFY(all[0].toObject()["document"].toString().endsWith("other.txt")); // newest first
    QCOMPARE(all[1].toObject()["question"].toString(), "Where is Bruce?");
    QVERIFY(all[1].toObject()["answer"].toString().contains("kitchen"));
    QVERIFY(all[1].toObject()["as_of"].isNull());
    const Result one = home_->run({"search", "--answers", "KITCH", tale});
    QCOMPARE(one.out.count("Where is Bruce?"), 1);
    QVERIFY2(one.out.contains("tale") && one.out.contains("kitchen"), qPrintable(one.out));
    QCOMPARE(home_->run({"search", "--answers", "hallway", "--json"}).list().size(), 0); // only in the texts
}

void TestCliDocuments::search() {
    QVERIFY(home_->run({"search", "Alice"}).out.startsWith("Nothing was found"));
    QCOMPARE(home_->run({"read", FIXTURES "/documents/small.epub", home_->book("b.txt", 3000)}).code, 0);
    const auto hits = home_->run({"search", "--json", "waistcoat-pocket"}).list();
    QCOMPARE(hits.size(), 1);
    QCOMPARE(hits[0].toObject()["location"].toString(), QString("“The Rabbit”, line 12"));
    QVERIFY(home_->run({"search", "Alice"}).out.contains("“Down the Rabbit-Hole”, line 5\n    "));
    QCOMPARE(home_->run({"search", "--json", "Alice", home_->path("b.txt"), "--limit", "1"}).list().size(),
             1);
    QCOMPARE(home_->run({"search", "Alice", home_->path("none.txt")}).code, 3);
}

QTEST_GUILESS_MAIN(TestCliDocuments)
#include "tst_cli_documents.moc"

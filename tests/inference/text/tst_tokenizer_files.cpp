#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <unistd.h>

#include "default_model.h"
#include "inference/values/error.h"

using namespace longview;

/// Model directories that cannot be used, and SentencePiece files of other kinds.
class TestTokenizerFiles : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void missing();
    void empty();
    void broken();
    void directoryInItsPlace();
    void noPermission();
    void otherVocabulary();
    void tokensOfTheConfig_data();
    void tokensOfTheConfig();
    void damagedFilesNeverCrash();
    void otherSpaceRules_data();
    void otherSpaceRules();

private:
    void write(const QByteArray& bytes) const;
    /// The sentence of the Error(model) that loading throws; empty when it loads.
    std::string refusal(const ModelConfig& config) const;
    bool refuses(const ModelConfig& config, const std::vector<std::string>& parts) const;
    std::filesystem::path path() const { return directory_->path().toStdString(); }

    QByteArray original_;
    std::unique_ptr<QTemporaryDir> directory_;
};

void TestTokenizerFiles::initTestCase() {
    QFile file(QStringLiteral(RESOURCES "/models/default/tokenizer.model"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    original_ = file.readAll();
}

void TestTokenizerFiles::init() {
    directory_ = std::make_unique<QTemporaryDir>();
    QVERIFY(directory_->isValid());
}

void TestTokenizerFiles::write(const QByteArray& bytes) const {
    QFile file(directory_->filePath("tokenizer.model"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

std::string TestTokenizerFiles::refusal(const ModelConfig& config) const {
    try {
        load_tokenizer(path(), config);
    } catch (const Error& error) {
        return error.kind() == ErrorKind::model ? error.what() : "wrong kind of error";
    }
    return {};
}

bool TestTokenizerFiles::refuses(const ModelConfig& config, const std::vector<std::string>& parts) const {
    const auto sentence = refusal(config);
    for (const auto& part : parts)
        if (sentence.find(part) == std::string::npos) {
            qWarning("\"%s\" lacks \"%s\"", sentence.c_str(), part.c_str());
            return false;
        }
    return true;
}

void TestTokenizerFiles::missing() {
    QVERIFY(refuses(default_config(), {(path() / "tokenizer.model").string(), "no tokenizer"}));
}

void TestTokenizerFiles::empty() {
    write({});
    QVERIFY(refuses(default_config(), {(path() / "tokenizer.model").string(), "is empty"}));
}

void TestTokenizerFiles::broken() {
    for (const auto& bytes :
         {QByteArray("hello"), original_.left(1000), original_.left(original_.size() - 1)}) {
        write(bytes);
        QVERIFY(refuses(default_config(), {(path() / "tokenizer.model").string()}));
    }
}

void TestTokenizerFiles::directoryInItsPlace() {
    QVERIFY(QDir(directory_->path()).mkdir("tokenizer.model"));
    QVERIFY(refuses(default_config(), {"cannot be read"}));
}

void TestTokenizerFiles::noPermission() {
    if (geteuid() == 0)
        QSKIP("root may read every file");
    write(original_);
    QVERIFY(QFile::setPermissions(directory_->filePath("tokenizer.model"), {}));
    QVERIFY(refuses(default_config(), {"cannot be read"}));
}

void TestTokenizerFiles::otherVocabulary() {
    write(original_);
    auto config = default_config();
    config.vocab_size = 8200;
    QVERIFY(refuses(config, {"8192", "8200", (path() / "tokenizer.model").string()}));
}

void TestTokenizerFiles::tokensOfTheConfig_data() {
    QTest::addColumn<int>("question");
    QTest::addColumn<int>("newline");
    QTest::addColumn<QString>("part");
    QTest::newRow("right") << 3 << 5 << QString();
    QTest::newRow("past the end") << 8192 << 5 << "question_token_id 8192";
    QTest::newRow("negative") << -1 << 5 << "question_token_id -1";
    QTest::newRow("unknown") << 0 << 5 << "question_token_id 0";
    QTest::newRow("no newline") << 3 << 4 << "newline_token_id 4";
}

void TestTokenizerFiles::tokensOfTheConfig() {
    QFETCH(int, question);
    QFETCH(int, newline);
    QFETCH(QString, part);
    write(original_);
    auto config = default_config();
    config.question_token = question;
    config.newline_token = newline;
    if (part.isEmpty())
        QCOMPARE(refusal(config), std::string());
    else
        QVERIFY(refuses(config, {part.toStdString()}));
}

void TestTokenizerFiles::damagedFilesNeverCrash() {
    std::mt19937 random(5);
    for (int round = 0; round < 40; ++round) {
        auto bytes = original_;
        for (int i = 0; i < 3; ++i)
            bytes[static_cast<qsizetype>(random() % static_cast<unsigned>(bytes.size()))] =
                static_cast<char>(random());
        write(bytes);
        if (!refusal(default_config()).empty())
            continue;
        const auto tokenizer =
            load_tokenizer(path(), default_config()); // a changed score or piece: still a tokenizer
        const auto tokens = tokenizer->encode("It was the best of times.");
        QVERIFY(tokens.ids.size() == tokens.end.size());
        tokenizer->decode(tokens.ids);
    }
}

void TestTokenizerFiles::otherSpaceRules_data() {
    QTest::addColumn<QByteArray>("appended"); // to a message, this overrides what came before
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("decoded");
    QTest::newRow("adds no space") << QByteArray::fromHex("1a021800") << QByteArray(" a  b<q>")
                                   << QByteArray(" a  b<q>");
    QTest::newRow("removes spaces") << QByteArray::fromHex("1a022001") << QByteArray("  a   b<q>c ")
                                    << QByteArray("a b<q>c");
    QTest::newRow("space at the end")
        << QByteArray::fromHex("1203c00101") << QByteArray("a b") << QByteArray("a b ");
}

void TestTokenizerFiles::otherSpaceRules() {
    QFETCH(QByteArray, appended);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, decoded);
    write(original_ + appended);
    const auto tokenizer = load_tokenizer(path(), plain_config());
    const auto tokens = tokenizer->encode(text.toStdString());
    QCOMPARE(QByteArray::fromStdString(tokenizer->decode(tokens.ids)), decoded);
    for (std::size_t i = 0; i < tokens.ids.size(); ++i) {
        QVERIFY(tokens.ids[i] > 5);
        QVERIFY(tokens.begin[i] <= tokens.end[i] && tokens.end[i] <= static_cast<std::size_t>(text.size()));
        QVERIFY(i == 0 || tokens.begin[i] >= tokens.end[i - 1]);
    }
}

QTEST_GUILESS_MAIN(TestTokenizerFiles)
#include "tst_tokenizer_files.moc"

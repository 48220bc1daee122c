#include <QDir>
#include <QFile>
#include <QStringEncoder>
#include <QTemporaryDir>
#include <QtTest>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <random>
#include <string_view>
#include <thread>
#include <unistd.h>

#include "app/importers/import.h"
#include "inference/values/error.h"

using namespace longview;

namespace {

template <class Import>
std::string refusal(Import import) {
    try {
        import();
    } catch (const Error& error) {
        return error.kind() == ErrorKind::input ? error.what() : "wrong kind of error";
    }
    return {};
}

std::string refusal_of_bytes(const std::string& bytes) {
    return refusal([&] { app::import_bytes(bytes, "book.txt"); });
}

std::string refusal_of_file(const QString& path) {
    return refusal([&] { app::import_path(path.toStdString()).document; });
}

bool contains(const std::string& sentence, const std::string& part) {
    if (sentence.find(part) == std::string::npos)
        qWarning("\"%s\" lacks \"%s\"", sentence.c_str(), part.c_str());
    return sentence.find(part) != std::string::npos;
}

/// A file in place of standard input, until the end of the scope.
class StandardInput {
public:
    explicit StandardInput(const QString& path) : saved_(dup(STDIN_FILENO)) {
        const int file = open(qPrintable(path), O_RDONLY | O_CLOEXEC);
        dup2(file, STDIN_FILENO);
        close(file);
        std::clearerr(stdin);
    }
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;
    ~StandardInput() {
        dup2(saved_, STDIN_FILENO);
        close(saved_);
    }

private:
    int saved_;
};

} // namespace

class TestTextImporter : public QObject {
    Q_OBJECT
private slots:
    void init();
    void encodings_data();
    void encodings();
    void byteOrderMarks_data();
    void byteOrderMarks();
    void brokenUtf8IsStillUtf8();
    void undecodableUtf16();
    void lineEnds();
    void titlesAndSections();
    void fieldsOfADocument();
    void standardInput();
    void everySize();
    void notText_data();
    void notText();
    void nothingToRead();
    void filesThatCannotBeRead();
    void noPermission();
    void tooLarge();
    void anyBytes();

private:
    QString write(const QString& name, const QByteArray& bytes) const;
    std::unique_ptr<QTemporaryDir> directory_;
};

void TestTextImporter::init() {
    directory_ = std::make_unique<QTemporaryDir>();
    QVERIFY(directory_->isValid());
}

QString TestTextImporter::write(const QString& name, const QByteArray& bytes) const {
    QFile file(directory_->filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(name));
    return file.fileName();
}

void TestTextImporter::encodings_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("text");
    const auto row = [](const char* encoding, const char* hex, const char* text) {
        QTest::newRow(encoding) << QByteArray::fromHex(hex) << QString::fromUtf8(text);
    };
    row("SHIFT_JIS",
        "8ce1947982cd944c82c582a082e9814296bc914f82cd82dc82be96b382a2814282c782b182c590b682ea82bd82a982c682f1"
        "82c68ca9"
        "939682aa82c282a982ca8142",
        "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。");
    row("WINDOWS-1251",
        "c2f1e520f1f7e0f1f2ebe8e2fbe520f1e5ecfce820efeef5eee6e820e4f0f3e320ede020e4f0f3e3e02c20eae0e6e4e0ff20"
        "ede5f1f7"
        "e0f1f2ebe8e2e0ff20f1e5ecfcff20ede5f1f7e0f1f2ebe8e2e020efee2df1e2eee5ecf32e",
        "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.");
    row("ISO-8859-1",
        "4c6520676172e76f6e20e974616974206ce02c207072e873206465206c612066656eea7472653b20696c2072ea7661697420"
        "e020736f"
        "6e2070e872652c20e0207361206de872652e204ff920ea7465732d766f75733f20566f696ce02064e96ae0206c2768f47465"
        "6c2e",
        "Le garçon était là, près de la fenêtre; il rêvait à son père, à sa mère. Où êtes-vous? Voilà déjà "
        "l'hôtel.");
    row("ISO-2022-JP", "1b24423863475a244f472d24472422246b21234c3e4130244f245e24404c35242421231b2842",
        "吾輩は猫である。名前はまだ無い。");
}

void TestTextImporter::encodings() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, text);
    const auto document = app::import_path(write("book.txt", bytes).toStdString()).document;
    QCOMPARE(QString::fromStdString(document.text), text);
    QCOMPARE(document.encoding, std::string(QTest::currentDataTag()));
    QCOMPARE(document.notes.size(), std::size_t{1});
    QVERIFY(contains(document.notes.front(), QTest::currentDataTag()));
}

void TestTextImporter::byteOrderMarks_data() {
    QTest::addColumn<QByteArray>("bytes");
    const auto text = QString::fromUtf8("Zoë, 中文, 😀\nline");
    const auto row = [&](const char* name, QStringConverter::Encoding encoding) {
        QStringEncoder encode(encoding, QStringConverter::Flag::WriteBom);
        QTest::newRow(name) << QByteArray(encode(text));
    };
    row("UTF-8", QStringConverter::Utf8);
    row("UTF-16LE", QStringConverter::Utf16LE);
    row("UTF-16BE", QStringConverter::Utf16BE);
    row("UTF-32LE", QStringConverter::Utf32LE);
    row("UTF-32BE", QStringConverter::Utf32BE);
}

void TestTextImporter::byteOrderMarks() {
    QFETCH(QByteArray, bytes);
    const auto document = app::import_bytes(bytes.toStdString(), "book.txt");
    QCOMPARE(QString::fromStdString(document.text), QString::fromUtf8("Zoë, 中文, 😀\nline"));
    QCOMPARE(document.encoding, std::string(QTest::currentDataTag()));
    QVERIFY(document.notes.empty());
}

void TestTextImporter::brokenUtf8IsStillUtf8() {
    std::string text;
    for (int i = 0; i < 10; ++i)
        text += "Zoë’s naïve café. ";
    const auto document = app::import_bytes(text + "\xFF end", "book.txt");
    QCOMPARE(document.encoding, std::string("UTF-8"));
    QCOMPARE(document.text, text + "\uFFFD end");
    QCOMPARE(document.notes.size(), std::size_t{1});
    QVERIFY(contains(document.notes.front(), "1 byte is not valid UTF-8"));
}

void TestTextImporter::undecodableUtf16() {
    const std::string letters("a\0b\0c\0d\0e\0f\0g\0h\0i\0j\0k\0", 22);
    const auto lone =
        std::string("\xFF\xFE", 2) + letters + std::string("\x00\xD8", 2) + letters; // half a pair
    const auto document = app::import_bytes(lone, "book.txt");
    QCOMPARE(document.text, std::string("abcdefghijk\uFFFDabcdefghijk"));
    QVERIFY(contains(document.notes.front(), "2 bytes are not valid UTF-16LE"));
    const auto cut =
        app::import_bytes(std::string("\xFF\xFE", 2) + letters + "x", "book.txt"); // an odd length
    QCOMPARE(cut.text, std::string("abcdefghijk\uFFFD"));
}

void TestTextImporter::lineEnds() {
    QCOMPARE(app::import_bytes("a\r\nb\rc\n\r\r\nd\r", "x").text, std::string("a\nb\nc\n\n\nd\n"));
    QCOMPARE(app::import_bytes("\ra", "x").text, std::string("\na"));
}

void TestTextImporter::titlesAndSections() {
    const std::string text = "intro\n\n# First\r\ntext\r\n\r\nSecond\r\n------\r\n";
    const auto markdown = app::import_bytes(text, "/books/Novel.MD");
    QCOMPARE(markdown.title, std::string("First"));
    QCOMPARE(markdown.sections.size(), std::size_t{2});
    QVERIFY(markdown.text.substr(markdown.sections[1].begin)
                .starts_with("Second\n")); // offsets of the text as kept
    const auto plain = app::import_bytes(text, "/books/Novel.txt");
    QCOMPARE(plain.title, std::string("Novel.txt"));
    QVERIFY(plain.sections.empty());
    QCOMPARE(app::import_bytes("no heading", "a/b.markdown").title, std::string("b.markdown"));
}

void TestTextImporter::fieldsOfADocument() {
    const auto document = app::import_bytes("\xC3\xA9\r\nb\n", "book.txt");
    QCOMPARE(document.path, std::string("book.txt"));
    QCOMPARE(document.content_hash,
             std::string("71aa5a0d284a53ecfd4f713ae9c1e1fb")); // Python's xxhash.xxh3_128
    QCOMPARE(document.line_starts, (std::vector<std::size_t>{0, 3}));
    QCOMPARE(document.encoding, std::string("UTF-8"));
    QVERIFY(document.notes.empty());
}

void TestTextImporter::standardInput() {
    const auto path = write("piped", "from a pipe\n");
    const StandardInput input(path);
    const auto document = app::import_path("-").document;
    QCOMPARE(document.text, std::string("from a pipe\n"));
    QCOMPARE(document.path, std::string("-"));
    QCOMPARE(document.title, std::string("Standard input"));
}

/// Files and pipes whose sizes lie around those of the blocks they are read in.
void TestTextImporter::everySize() {
    for (const std::size_t size : {1U, 14U, 15U, 16U, 17U, 4096U, 65537U, (1U << 20U) - 1, 1U << 20U,
                                   (1U << 20U) + 1, (1U << 21U) + 3, 5'000'000U}) {
        std::string text(size, 'x');
        for (std::size_t at = 0; at < size; at += 61)
            text[at] = static_cast<char>('a' + at % 26);
        QCOMPARE(
            app::import_path(write("sized", QByteArray::fromStdString(text)).toStdString()).document.text,
            text);
        int ends[2];
        QCOMPARE(pipe2(ends, O_CLOEXEC), 0);
        std::thread writer([&] {
            for (std::string_view rest = text; !rest.empty();)
                rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(
                    0, ::write(ends[1], rest.data(), std::min<std::size_t>(rest.size(), 70'001)))));
            close(ends[1]);
        });
        const auto piped = app::import_path("/dev/fd/" + std::to_string(ends[0])).document.text;
        writer.join();
        close(ends[0]);
        QVERIFY(piped == text);
    }
}

void TestTextImporter::notText_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("seen");
    QTest::newRow("zero byte") << QByteArray("text\0more", 9) << "zero byte at offset 4";
    QTest::newRow("zero byte in UTF-16") << QByteArray("\xFF\xFE"
                                                       "a\0\0\0b\0",
                                                       8)
                                         << "zero byte";
    QTest::newRow("control characters")
        << QByteArray("ab\x01\x02\x03\x04 cd") << "% of it are control characters";
    QTest::newRow("PDF") << QByteArray("%PDF-1.7\n%…") << "PDF";
    QTest::newRow("EPUB") << QByteArray("PK\x03\x04 mimetypeapplication/epub+zip") << "is damaged";
    QTest::newRow("ZIP") << QByteArray("PK\x03\x04 anything") << "a ZIP archive";
    QTest::newRow("broken UTF-16") << QByteArray("\xFF\xFE\x00\xD8\x00\xD8\x00\xD8"
                                                 "a\0",
                                                 10)
                                   << "are not valid UTF-16LE";
}

void TestTextImporter::notText() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, seen);
    const auto sentence = refusal_of_bytes(bytes.toStdString());
    QVERIFY(contains(sentence, "\"book.txt\""));
    QVERIFY(contains(sentence, seen.toStdString()));
}

void TestTextImporter::nothingToRead() {
    QVERIFY(contains(refusal_of_bytes(""), "\"book.txt\" is empty"));
    for (const std::string blank : {" ", "\n\t \r\n", "\u3000\u00A0\u2028", "\xEF\xBB\xBF", "\xEF\xBB\xBF\n"})
        QVERIFY(contains(refusal_of_bytes(blank), "white space only"));
    QVERIFY(contains(refusal_of_bytes(std::string("\xFF\xFE \0", 4)), "white space only"));
    QCOMPARE(refusal_of_bytes("a"), std::string());
}

void TestTextImporter::filesThatCannotBeRead() {
    QVERIFY(contains(refusal_of_file(directory_->filePath("none.txt")), "none.txt\" does not exist"));
    QVERIFY(contains(refusal_of_file(directory_->path()), "is an empty folder"));
    QVERIFY(contains(refusal_of_file(write("empty.txt", {})), "empty.txt\" is empty"));
    QVERIFY(contains(refusal_of_file(write("file", "x") + "/below.txt"), "below.txt\""));
}

void TestTextImporter::noPermission() {
    if (geteuid() == 0)
        QSKIP("root may read every file");
    const auto path = write("secret.txt", "text");
    QVERIFY(QFile::setPermissions(path, {}));
    QVERIFY(contains(refusal_of_file(path), "cannot be opened (Permission denied)"));
}

void TestTextImporter::tooLarge() {
    QFile file(write("large.txt", "x"));
    QVERIFY(file.resize((qint64{1} << 30) + 1)); // sparse: takes no room on the disk
    QVERIFY(contains(refusal_of_file(file.fileName()), "larger than 1 GiB"));
}

void TestTextImporter::anyBytes() {
    std::mt19937 random(9);
    int imported = 0;
    for (int round = 0; round < 400; ++round) {
        std::string bytes;
        const auto size = random() % 120;
        for (std::size_t i = 0; i < size; ++i) // few control characters, so that some pass for text
            bytes += static_cast<char>(random() % 30 == 0 ? random() % 256 : 0x20 + random() % 0xE0);
        if (round % 4 == 0)
            bytes.insert(0, round % 8 == 0 ? "\xFF\xFE" : "\xFE\xFF");
        try {
            const auto document = app::import_bytes(bytes, "book.md");
            ++imported;
            QVERIFY(!document.text.empty());
            QCOMPARE(QString::fromStdString(document.text).toUtf8().toStdString(), document.text);
            QCOMPARE(document.text.find('\r'), std::string::npos);
        } catch (const Error& error) {
            QVERIFY(error.kind() == ErrorKind::input);
            QVERIFY(contains(error.what(), "book.md"));
        }
    }
    QVERIFY(imported > 50);
}

QTEST_GUILESS_MAIN(TestTextImporter)
#include "tst_text_importer.moc"

#include <QtTest>

#include "default_model.h"
#include "inference/text/utf8.h"

using namespace longview;

class TestUtf8 : public QObject {
    Q_OBJECT
private slots:
    void replacesMaximalSubparts_data();
    void replacesMaximalSubparts();
    void keepsEveryCodePoint();
    void mapsEveryByteToItsOrigin();
    void completePrefixNeverCutsACharacter();
    void trimsAllWhiteSpace();
};

void TestUtf8::replacesMaximalSubparts_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("shape"); // "?" for U+FFFD
    QTest::addColumn<int>("replaced");
    const auto row = [](const char* name, const char* hex, const char* shape, int replaced) {
        QTest::newRow(name) << QByteArray::fromHex(hex) << QByteArray(shape) << replaced;
    };
    // The Unicode standard, tables 3-8 to 3-11.
    row("non-shortest forms", "C0AFE080BFF0818241", "????????A", 8);
    row("surrogates", "EDA080EDBFBFEDAF41", "????????A", 8);
    row("other ill-formed", "F4919293FF4180BF42", "?????A??B", 7);
    row("truncated", "E180E2F09192F1BF41", "????A", 8);
    row("mixed", "61F18080E180C262806380BF64", "a???b?c??d", 9);
    row("lone lead at the end", "61E4B8", "a?", 2);
    row("valid", "61E4B8AD", "a\u4E2D", 0);
    row("nothing", "", "", 0);
    QTest::newRow("zero byte") << QByteArray("a\0b", 3) << QByteArray("a\0b", 3) << 0;
}

void TestUtf8::replacesMaximalSubparts() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, shape);
    QFETCH(int, replaced);
    const auto repair = repair_utf8(bytes.toStdString());
    QCOMPARE(QByteArray::fromStdString(repair.text), shape.replace("?", "\uFFFD"));
    QCOMPARE(repair.replaced_bytes, static_cast<std::size_t>(replaced));
    QCOMPARE(repair.origin.empty(), replaced == 0);
}

void TestUtf8::keepsEveryCodePoint() {
    std::string all;
    for (char32_t value = 0; value < 0x110000; ++value) {
        if (value >= 0xD800 && value < 0xE000)
            continue;
        const auto begin = all.size();
        append_code_point(all, value);
        const auto point = code_point_at(all, begin);
        if (!point.valid || point.value != value || point.length != all.size() - begin)
            QFAIL(qPrintable(QString::number(value, 16)));
    }
    const auto repair = repair_utf8(all);
    QVERIFY(repair.text == all);
    QVERIFY(QString::fromStdString(all).toUtf8().toStdString() == all); // our encoder agrees with Qt's
}

void TestUtf8::mapsEveryByteToItsOrigin() {
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        auto bytes = random_text(random, 20);
        const auto noise = random_bytes(random, 10);
        for (const char byte : noise)
            bytes.insert(random() % bytes.size(), 1, byte);
        const auto repair = repair_utf8(bytes);
        QVERIFY(repair_utf8(repair.text).replaced_bytes == 0);
        SourceMap::Cursor cursor(repair.origin);
        std::size_t last = 0;
        std::size_t kept = 0;
        for (std::size_t at = 0; at < repair.text.size(); ++at) {
            const auto origin = repair.origin.at(at);
            QCOMPARE(cursor.at(at), origin);
            QVERIFY(origin >= last && origin < bytes.size());
            kept += repair.text[at] == bytes[origin] && (at == 0 || origin != last) ? 1U : 0U;
            last = origin;
        }
        QCOMPARE(repair.origin.at(repair.text.size()), bytes.size());
        QVERIFY(kept + repair.replaced_bytes >= bytes.size()); // each byte was kept or counted as replaced
    }
}

void TestUtf8::completePrefixNeverCutsACharacter() {
    const std::string text = "aé中😀b";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const auto shown = complete_prefix(text.substr(0, size));
        QCOMPARE(repair_utf8(text.substr(0, shown)).replaced_bytes, std::size_t{0});
        QVERIFY(size - shown < 4);
        const bool at_border =
            size == text.size() || (static_cast<unsigned char>(text[size]) & 0xC0U) != 0x80U;
        QCOMPARE(shown == size, at_border);
    }
    QCOMPARE(complete_prefix("a\xFF"), std::size_t{2});     // never becomes a character: nothing to wait for
    QCOMPARE(complete_prefix("a\xF4\x90"), std::size_t{3}); // past U+10FFFF
    QCOMPARE(complete_prefix("\x80\x80\x80"), std::size_t{3});
}

void TestUtf8::trimsAllWhiteSpace() {
    QCOMPARE(trim(" \t\u3000a b\u00A0\n\u2028"), std::string_view("a b"));
    QCOMPARE(trim("\u3000\u2003\x1F"), std::string_view());
    QCOMPARE(trim(""), std::string_view());
    QCOMPARE(trim("\xE3\x80"), std::string_view("\xE3\x80"));
    QCOMPARE(trim("\u200Ba"), std::string_view("\u200Ba")); // a zero width space is no white space
}

QTEST_GUILESS_MAIN(TestUtf8)
#include "tst_utf8.moc"

// The wavefront's arithmetic and what is drawn of it.

#include <QApplication>
#include <QHelpEvent>
#include <QLabel>
#include <QSignalSpy>
#include <QToolTip>

#include "scene.h"
#include "ui/tones.h"
#include "ui/wavefront_view.h"

using namespace longview;
using ui::WavefrontView;

class WavefrontTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void countsAgreeWithEveryCell();
    void everyStatusLooksDifferent();
    void paintingIsBounded();
    void windowFollowsTheFront();
    void cellsAndPointsAgree();
    void clickActivatesTheSegment();
    void tooltipNamesCellAndPlace();
    void coloursKeepTheirContrast_data();
    void coloursKeepTheirContrast();
    void paletteIsFollowed();
};

void WavefrontTest::countsAgreeWithEveryCell() {
    for (const Schedule schedule : {Schedule::diagonal, Schedule::sequential}) {
        WavefrontSnapshot snapshot{12, 3, 4, schedule, 0, true};
        for (; snapshot.steps_done <= snapshot.steps(); ++snapshot.steps_done) {
            ui::WavefrontCounts expected;
            std::int64_t cells = 0;
            for (std::int64_t segment = 0; segment < 12; ++segment) {
                int finished = 0;
                bool touched = false;
                for (int layer = 0; layer < 4; ++layer) {
                    const CellStatus status = snapshot.status(segment, layer);
                    finished += status == CellStatus::done || status == CellStatus::restored ? 1 : 0;
                    touched = touched || status != CellStatus::waiting;
                }
                cells += finished;
                expected.restored += segment < 3 ? 1 : 0;
                expected.done += segment >= 3 && finished == 4 ? 1 : 0;
                expected.running += touched && finished < 4 ? 1 : 0;
                expected.waiting += touched ? 0 : 1;
            }
            const ui::WavefrontCounts counts = ui::countsOf(snapshot);
            QCOMPARE(counts.restored, expected.restored);
            QCOMPARE(counts.done, expected.done);
            QCOMPARE(counts.running, expected.running);
            QCOMPARE(counts.waiting, expected.waiting);
            QCOMPARE(counts.share, static_cast<double>(cells) / 48);
        }
    }
}

void WavefrontTest::everyStatusLooksDifferent() {
    WavefrontView view;
    view.resize(30 * 16 + 6, 160); // columns of one width
    view.setSnapshot({30, 5, 4, Schedule::diagonal, 10, true});
    const QImage image = view.grab().toImage();
    const auto geometry = view.geometryNow();
    const auto crop = [&](std::int64_t segment, int layer) {
        return image.copy(QRect(geometry.cell(segment, layer).topLeft(), QSize(12, 12)));
    };
    const QImage restored = crop(2, 1), done = crop(7, 1), running = crop(15, 0), waiting = crop(28, 1);
    QCOMPARE(view.snapshot().status(15, 0), CellStatus::running);
    QCOMPARE(crop(3, 2), restored);
    QCOMPARE(crop(8, 0), done);
    QCOMPARE(crop(14, 1), running);
    QCOMPARE(crop(25, 3), waiting);
    // Shape or pattern differs too: in black and white no two are alike.
    const auto plain = [](const QImage& cell) {
        return cell.convertToFormat(QImage::Format_Mono, Qt::ThresholdDither);
    };
    const std::array cells{plain(restored), plain(done), plain(running), plain(waiting)};
    for (std::size_t a = 0; a < cells.size(); ++a) {
        for (std::size_t b = a + 1; b < cells.size(); ++b)
            QVERIFY2(cells[a] != cells[b], qPrintable(QStringLiteral("%1 and %2").arg(a).arg(b)));
    }
}

void WavefrontTest::paintingIsBounded() {
    WavefrontView view;
    view.resize(500, 200);
    view.setSnapshot({100'000, 0, 16, Schedule::diagonal, 40'000, true});
    view.grab();
    QVERIFY(view.cellsPainted() > 100);
    QVERIFY(view.cellsPainted() <= 500 / 7 * 16);
    const int few = view.cellsPainted();
    view.setSnapshot({50'000'000, 0, 16, Schedule::diagonal, 40'000, true});
    view.grab();
    QCOMPARE(view.cellsPainted(), few);
}

void WavefrontTest::windowFollowsTheFront() {
    WavefrontView view;
    view.resize(500, 200);
    for (std::int64_t steps = 0; steps < 5000; steps += 295) {
        view.setSnapshot({5000, 0, 16, Schedule::diagonal, steps, true});
        const auto geometry = view.geometryNow();
        QVERIFY(geometry.windowed());
        const std::int64_t front = std::min<std::int64_t>(steps, 4999);
        QVERIFY(front >= geometry.first && front < geometry.first + geometry.columns);
    }
    QTest::keyClick(&view, Qt::Key_Home); // a person looks elsewhere: the window stays there
    const auto looked = view.geometryNow();
    QCOMPARE(looked.first, std::int64_t{0});
    view.setSnapshot({5000, 0, 16, Schedule::diagonal, 5014, true});
    QCOMPARE(view.geometryNow().first, std::int64_t{0});
    QTest::mouseClick(&view, Qt::LeftButton, {}, looked.overview.center());
    QVERIFY(std::abs(view.geometryNow().first + looked.columns / 2 - 2500) < 30);
}

void WavefrontTest::cellsAndPointsAgree() {
    for (const std::int64_t segments : {1, 3, 31, 60, 71, 72, 1000}) {
        const auto geometry = ui::WavefrontGeometry::fit(QRect(3, 3, 500, 120), segments, 8);
        for (std::int64_t segment = geometry.first; segment < geometry.first + geometry.columns; ++segment) {
            for (const int layer : {0, 7}) {
                const QRect cell = geometry.cell(segment, layer);
                QVERIFY(cell.width() >= 3 && cell.height() >= 3);
                QVERIFY(geometry.grid.contains(cell));
                for (const QPoint point : {cell.topLeft(), cell.center(), cell.bottomRight()})
                    QCOMPARE(geometry.cellAt(point), (std::optional<ui::WavefrontCell>{{segment, layer}}));
            }
        }
    }
}

void WavefrontTest::clickActivatesTheSegment() {
    WavefrontView view;
    view.resize(500, 160);
    view.setSnapshot({30, 5, 4, Schedule::diagonal, 10, true});
    QSignalSpy activated(&view, &WavefrontView::segmentActivated);
    QTest::mouseClick(&view, Qt::LeftButton, {}, view.geometryNow().cell(11, 2).center());
    QCOMPARE(activated.size(), 1);
    QCOMPARE(activated.at(0).at(0).toLongLong(), 11);
}

void WavefrontTest::tooltipNamesCellAndPlace() {
    WavefrontView view;
    view.resize(500, 160);
    view.setSnapshot({30, 5, 4, Schedule::diagonal, 10, true});
    view.setLocator([](std::int64_t segment) { return QStringLiteral("lines %1").arg(segment * 10); });
    QCOMPARE(view.describe({4, 2}), QStringLiteral("Segment 5 of 30, layer 3 of 4: restored – lines 40"));
    QCOMPARE(view.describe({15, 0}), QStringLiteral("Segment 16 of 30, layer 1 of 4: running – lines 150"));
    view.show();
    const QPoint point = view.geometryNow().cell(4, 2).center();
    QHelpEvent help(QEvent::ToolTip, point, view.mapToGlobal(point));
    QApplication::sendEvent(&view, &help);
    QCOMPARE(QToolTip::text(), view.describe({4, 2}));
    QToolTip::hideText();
}

void WavefrontTest::coloursKeepTheirContrast_data() {
    QTest::addColumn<QPalette>("palette");
    const auto make = [](QRgb window, QRgb base, QRgb text, QRgb highlight) {
        QPalette palette{QColor(window)};
        palette.setColor(QPalette::Window, QColor(window));
        palette.setColor(QPalette::Base, QColor(base));
        palette.setColor(QPalette::Text, QColor(text));
        palette.setColor(QPalette::WindowText, QColor(text));
        palette.setColor(QPalette::Highlight, QColor(highlight));
        return palette;
    };
    QTest::newRow("light") << make(0xefefef, 0xffffff, 0x000000, 0x308cc6);
    QTest::newRow("dark") << make(0x242629, 0x1c1e20, 0xe6e6e6, 0x2a82da);
    QTest::newRow("high contrast") << make(0x000000, 0x000000, 0xffffff, 0xffff00);
    QTest::newRow("pale highlight") << make(0xf6f5f4, 0xffffff, 0x2e3436, 0xfce94f);
    QTest::newRow("sepia") << make(0xeee4d0, 0xf8f1e3, 0x5b4636, 0xb58900);
}

void WavefrontTest::coloursKeepTheirContrast() {
    QFETCH(QPalette, palette);
    const ui::Tones tones = ui::tonesOf(palette);
    for (const QColor& text : {tones.text, tones.muted, tones.accentText}) {
        QVERIFY(ui::contrast(text, tones.base) >= 4.5);
        QVERIFY(ui::contrast(text, tones.window) >= 4.5);
    }
    QVERIFY(ui::contrast(tones.onAccent, tones.accent) >= 4.5);
    QVERIFY(ui::contrast(tones.text, tones.accentSoft) >= 4.5);
    QVERIFY(ui::contrast(tones.text, tones.problemSoft) >= 4.5);
    QVERIFY(ui::contrast(tones.problem, tones.problemSoft) >= 3);
    QVERIFY(ui::contrast(tones.outline, tones.base) >= 3);
    QCOMPARE(ui::contrast(Qt::white, Qt::black), 21.0);
}

void WavefrontTest::paletteIsFollowed() {
    const QPalette before = QApplication::palette();
    ui::MainWindow window;
    window.showModel(scene::model());
    window.showDocument(scene::sample());
    window.show();
    const QImage light = window.grab().toImage();
    QPalette dark(QColor(0x2b, 0x2d, 0x30), QColor(0x24, 0x26, 0x29));
    dark.setColor(QPalette::Base, QColor(0x1c, 0x1e, 0x20));
    QApplication::setPalette(dark);
    QApplication::processEvents();
    const QImage switched = window.grab().toImage();
    // Every label's colour reads on the new ground, and the picture as a whole turned dark.
    for (const QLabel* label : window.findChildren<QLabel*>()) {
        if (label->isVisible() && !label->text().isEmpty())
            QVERIFY2(ui::contrast(label->palette().color(QPalette::WindowText), QColor(0x24, 0x26, 0x29)) >=
                         4.5,
                     qPrintable(label->objectName()));
    }
    const auto brightness = [](const QImage& image) {
        return QColor(image.scaled(1, 1, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).pixel(0, 0))
            .lightnessF();
    };
    QVERIFY(brightness(light) > 0.7F);
    QVERIFY(brightness(switched) < 0.35F);
    QApplication::setPalette(before);
}

QTEST_MAIN(WavefrontTest)
#include "tst_ui_wavefront.moc"

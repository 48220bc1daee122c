// The whole window with the real engine behind it, used as a person would: mouse, keys, and what can be seen.

#include <QApplication>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/gui/controller.h"
#include "app/gui/suggestions.h"
#include "ui/main_window.h"

using namespace longview;
using namespace longview::app;

namespace {

QString sample_path() {
    return QStringLiteral(FIXTURES "/books/alice.txt");
}

/// A window with its controller on a library of its own.
struct Desk {
    explicit Desk(const QTemporaryDir& directory,
                  const std::optional<std::string>& model = RESOURCES "/models/default")
        : controller(window,
                     {model, directory.filePath(QStringLiteral("library.sqlite")).toStdString(), "cpu", 2}) {
        window.show();
    }

    template <class Widget>
    Widget* part(const char* name) {
        auto* found = window.findChild<Widget*>(QLatin1String(name));
        if (found == nullptr)
            qFatal("there is no %s", name);
        return found;
    }
    void click(const char* button) { QTest::mouseClick(part<QAbstractButton>(button), Qt::LeftButton); }
    bool can(const char* button) { return part<QAbstractButton>(button)->isEnabled(); }
    /// All visible text of the conversation.
    QString conversation() {
        QString text;
        for (const auto* label : part<QWidget>("conversation")->findChildren<QLabel*>())
            text += label->text() + QLatin1Char('\n');
        for (const auto* answer :
             part<QWidget>("conversation")->findChildren<QWidget*>(QStringLiteral("answer")))
            text += answer->property("plainText").toString() + answer->accessibleName() +
                    answer->accessibleDescription();
        return text;
    }

    ui::MainWindow window;
    Controller controller;
};

constexpr int patience = 60'000;

} // namespace

class TestWindowFlow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void open_read_ask_and_export() {
        const QTemporaryDir directory;
        Desk desk(directory);
        QSignalSpy finished(&desk.controller, &Controller::idle);
        desk.controller.open(sample_path());
        QTRY_VERIFY_WITH_TIMEOUT(desk.can("readButton"), patience);
        desk.click("readButton");
        QTRY_VERIFY_WITH_TIMEOUT(desk.part<QAbstractButton>("stopButton")->isVisible(), patience);
        QTRY_VERIFY_WITH_TIMEOUT(!desk.part<QAbstractButton>("stopButton")->isVisible(), patience);

        auto* field = desk.part<QLineEdit>("questionField");
        QTRY_VERIFY_WITH_TIMEOUT(field->isEnabled(), patience);
        field->setFocus();
        QTest::keyClicks(field, QStringLiteral("Where is Bruce?"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(desk.conversation().contains(QStringLiteral("kitchen")), patience);
        QTRY_VERIFY_WITH_TIMEOUT(desk.conversation().contains(QStringLiteral("33 of 33")), patience);

        const auto report = directory.filePath(QStringLiteral("answers.md"));
        Q_EMIT desk.window.exportRequested(report);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(report), patience);
        QFile file(report);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto text = file.readAll();
        QVERIFY(text.contains("Where is Bruce?") && text.contains("kitchen"));
    }

    void a_changed_file_says_what_is_to_re_read() {
        const QTemporaryDir directory;
        const auto book = directory.filePath(QStringLiteral("book.txt"));
        const auto write = [&](qint64 bytes) {
            QFile sample(sample_path()), file(book);
            QVERIFY(sample.open(QIODevice::ReadOnly) && file.open(QIODevice::WriteOnly));
            QVERIFY(file.write(sample.read(bytes)) == bytes);
        };
        write(6000);
        Desk desk(directory);
        const auto message = [&] { return desk.part<QLabel>("messageText")->text(); };
        desk.controller.open(book);
        QTRY_VERIFY_WITH_TIMEOUT(desk.can("readButton"), patience);
        desk.click("readButton");
        QTRY_VERIFY_WITH_TIMEOUT(!desk.can("readButton"), patience);
        QTRY_VERIFY_WITH_TIMEOUT(!desk.part<QAbstractButton>("stopButton")->isVisible(), patience);
        write(9000); // the same beginning, more of it
        const QRegularExpression counted(
            QStringLiteral("changed since it was opened: (\\d+) of (\\d+) segments"));
        QTRY_VERIFY_WITH_TIMEOUT(counted.match(message()).hasMatch(), patience);
        const auto match = counted.match(message());
        QVERIFY(match.captured(1).toInt() > 0 && match.captured(1).toInt() < match.captured(2).toInt());
        desk.controller.open(book);
        QTRY_VERIFY_WITH_TIMEOUT(
            message().contains(QStringLiteral("Changed since it was read: %1 of %2 segments")
                                   .arg(match.captured(1), match.captured(2))),
            patience);
    }

    void a_question_ends_where_one_reads_and_is_found_again() {
        const QTemporaryDir directory;
        {
            Desk desk(directory);
            desk.controller.open(sample_path());
            QTRY_VERIFY_WITH_TIMEOUT(desk.can("scopeButton"), patience);
            auto* field = desk.part<QLineEdit>("questionField");
            QTest::keyClicks(field, QStringLiteral("Where is Bruce?"));
            Q_EMIT desk.part<QMenu>("scopeMenu")->aboutToShow();
            desk.part<QAction>("scopeHere")->trigger();
            auto* note = desk.part<QLabel>("askNote");
            QTRY_VERIFY_WITH_TIMEOUT(note->text().contains(QStringLiteral("up to there first")), patience);
            QTest::keyClick(field, Qt::Key_Return);
            QTRY_VERIFY_WITH_TIMEOUT(desk.conversation().contains(QStringLiteral("As of segment")), patience);
            QTRY_VERIFY_WITH_TIMEOUT(desk.can("readButton"), patience); // the rest is not read
            QVERIFY2(desk.part<QLabel>("readingSentence")->text().contains(QStringLiteral("of 33 segments")),
                     qPrintable(desk.part<QLabel>("readingSentence")->text()));
        }
        Desk later(directory);
        auto* list = later.part<QListWidget>("libraryList");
        QTRY_COMPARE_WITH_TIMEOUT(list->count(), 1, patience);
        QTest::keyClicks(later.part<QLineEdit>("libraryField"), QStringLiteral("bruce"));
        QTRY_VERIFY_WITH_TIMEOUT(list->count() == 1 &&
                                     list->item(0)->text().contains(QStringLiteral("Where is Bruce?")),
                                 patience);
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(0)).center());
        QTRY_VERIFY_WITH_TIMEOUT(later.conversation().contains(QStringLiteral("As of segment")), patience);
    }

    void an_encrypted_document_asks_for_its_password() {
        const QTemporaryDir directory;
        Desk desk(directory);
        const auto answer = [&](const QString& password, const QString& sentence) {
            QInputDialog* dialog = nullptr;
            QTRY_VERIFY_WITH_TIMEOUT((dialog = desk.window.findChild<QInputDialog*>(
                                          QStringLiteral("passwordDialog"))) != nullptr &&
                                         dialog->labelText().contains(sentence),
                                     patience);
            QTest::keyClicks(dialog->findChild<QLineEdit*>(), password);
            QTest::keyClick(dialog->findChild<QLineEdit*>(), Qt::Key_Return);
        };
        desk.controller.open(QStringLiteral(FIXTURES "/documents/encrypted.pdf"));
        answer(QStringLiteral("wrong"), QStringLiteral("encrypted.pdf is encrypted"));
        answer(QStringLiteral("secret"), QStringLiteral("not the password"));
        QTRY_VERIFY_WITH_TIMEOUT(desk.part<QWidget>("reader")->isVisible(), patience);
        QTRY_VERIFY_WITH_TIMEOUT(!desk.part<QLabel>("documentTitle")->text().isEmpty(), patience);
    }

    void closing_while_reading_keeps_the_work() {
        const QTemporaryDir directory;
        {
            Desk desk(directory);
            desk.controller.open(sample_path());
            QTRY_VERIFY_WITH_TIMEOUT(desk.can("readButton"), patience);
            desk.click("readButton");
            QTRY_VERIFY_WITH_TIMEOUT(desk.part<QAbstractButton>("stopButton")->isVisible(), patience);
            QTest::qWait(150);
            desk.window.close();
            QTRY_VERIFY_WITH_TIMEOUT(!desk.window.isVisible(), patience);
        }
        Desk again(directory);
        again.controller.open(sample_path());
        QTRY_VERIFY_WITH_TIMEOUT(again.can("readButton"), patience);
        QVERIFY2(again.part<QLabel>("readingSentence")->text().contains(QStringLiteral("of 33")),
                 qPrintable(again.part<QLabel>("readingSentence")->text()));
    }

    void a_question_that_reads_first_can_be_stopped() {
        const QTemporaryDir directory;
        Desk desk(directory);
        desk.controller.open(sample_path());
        auto* field = desk.part<QLineEdit>("questionField");
        QTRY_VERIFY_WITH_TIMEOUT(desk.can("readButton"), patience);
        QTest::keyClicks(field, QStringLiteral("Where is Bruce?"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(desk.part<QAbstractButton>("stopAnswerButton")->isVisible(), patience);
        QTest::qWait(100);
        desk.click("stopAnswerButton");
        QTRY_VERIFY_WITH_TIMEOUT(!desk.part<QAbstractButton>("stopAnswerButton")->isVisible(), patience);
        QTRY_VERIFY_WITH_TIMEOUT(desk.can("readButton"), patience); // "Continue reading"
    }

    void another_document_takes_over_while_reading() {
        const QTemporaryDir directory;
        Desk desk(directory);
        desk.controller.open(QStringLiteral(RESOURCES "/samples/book.txt"));
        QTRY_VERIFY_WITH_TIMEOUT(desk.can("readButton"), patience);
        desk.click("readButton");
        QTRY_VERIFY_WITH_TIMEOUT(desk.part<QAbstractButton>("stopButton")->isVisible(), patience);
        desk.controller.open(sample_path());
        QTRY_VERIFY_WITH_TIMEOUT(desk.window.windowTitle().contains(QStringLiteral("alice")), patience);
        QTRY_VERIFY_WITH_TIMEOUT(desk.can("readButton"), patience);
        QVERIFY2(desk.part<QLabel>("readingSentence")->text().contains(QStringLiteral("33")),
                 "what is shown belongs to the new document");
    }

    void what_cannot_be_opened_is_said_and_changes_nothing() {
        const QTemporaryDir directory;
        Desk desk(directory);
        desk.controller.open(QStringLiteral("/nowhere/at/all.txt"));
        auto* message = desk.part<QLabel>("messageText");
        QTRY_VERIFY_WITH_TIMEOUT(message->text().contains(QStringLiteral("/nowhere/at/all.txt")), patience);
        QVERIFY(message->isVisible());
    }

    void a_missing_model_leaves_a_usable_window() {
        const QTemporaryDir directory;
        Desk desk(directory, "/no/such/model");
        desk.controller.open(sample_path());
        QTRY_VERIFY_WITH_TIMEOUT(desk.window.windowTitle().contains(QStringLiteral("alice")), patience);
        QVERIFY(desk.part<QLabel>("messageText")->text().contains(QStringLiteral("/no/such/model")));
        QVERIFY(!desk.can("readButton"));
        desk.window.close();
        QTRY_VERIFY_WITH_TIMEOUT(!desk.window.isVisible(), patience);
    }

    void samples_bring_their_questions() {
        const auto samples = QStringLiteral(RESOURCES "/samples/");
        for (const char* name : {"story.txt", "manual.txt", "code", "book.txt"})
            QCOMPARE(suggestions_for(samples + QLatin1String(name)).size(), 4);
        const auto questions = suggestions_for(samples + QStringLiteral("book.txt"));
        QCOMPARE(questions.first(), QStringLiteral("Which instrument does Anthony Winslow play?"));
        QVERIFY2(!suggestions_for(samples + QStringLiteral("story.txt"))
                      .contains(QStringLiteral("What was the name of the girl whom Maie hired?")),
                 "the tale does not say");
        QCOMPARE(suggestions_for(samples + QStringLiteral("code/")),
                 suggestions_for(samples + QStringLiteral("code")));
        QVERIFY(suggestions_for(samples + QStringLiteral("another.txt")).isEmpty());
        QVERIFY(suggestions_for(sample_path()).isEmpty());
    }
};

QTEST_MAIN(TestWindowFlow)
#include "tst_window_flow.moc"

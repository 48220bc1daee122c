#include "ui/welcome_page.h"

#include <QIcon>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

#include "ui/button.h"
#include "ui/library_list.h"
#include "ui/tone_label.h"
#include "ui/tones.h"

namespace longview::ui {
namespace {

/// The dashed frame that says "drop here".
class DropFrame : public QWidget {
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent*) override {
        const Tones tones = tonesOf(palette());
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        QPen dashes(tones.outline, 1.5);
        dashes.setDashPattern({5, 4});
        painter.setPen(dashes);
        painter.setBrush(tones.base);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 12, 12);
    }
};

/// The application's mark, sharp at any scale.
class Mark : public QWidget {
public:
    explicit Mark(QWidget* parent) : QWidget(parent) { setFixedSize(72, 72); }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        QIcon(QStringLiteral(":/longview/icons/longview.svg")).paint(&painter, rect());
    }
};

} // namespace

using Tone = ToneLabel::Tone;
using Size = ToneLabel::Size;

WelcomePage::WelcomePage(QWidget* parent)
    : QWidget(parent),
      open_(new Button(Button::Kind::primary, tr("&Open a document…"))),
      back_(new Button(Button::Kind::plain, tr("&Back to the document"))),
      library_(new LibraryList(this)) {
    setObjectName(QStringLiteral("welcome"));
    open_->setObjectName(QStringLiteral("welcomeOpenButton"));
    back_->setObjectName(QStringLiteral("backButton"));
    back_->hide();
    auto* drop = new DropFrame(this);
    drop->setMaximumWidth(560);
    auto* inside = new QVBoxLayout(drop);
    inside->setContentsMargins(26, 32, 26, 28);
    inside->setSpacing(6);
    inside->addWidget(new Mark(drop), 0, Qt::AlignHCenter);
    inside->addSpacing(10);
    inside->addWidget(new ToneLabel(Tone::text, Size::title, tr("Read it once, ask it for days")), 0,
                      Qt::AlignHCenter);
    inside->addSpacing(6);
    auto* about =
        new ToneLabel(Tone::text, Size::normal,
                      tr("Longview reads a whole document from the first word to the last, keeps what it has "
                         "read as a small memory on this computer, and answers your questions from it."));
    about->setWordWrap(true);
    about->setAlignment(Qt::AlignCenter);
    inside->addWidget(about);
    inside->addSpacing(16);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(open_);
    buttons->addWidget(back_);
    buttons->addStretch(1);
    inside->addLayout(buttons);
    inside->addSpacing(2);
    auto* hint =
        new ToneLabel(Tone::muted, Size::normal,
                      tr("or drop a book, a document or a folder of sources anywhere in this window"));
    hint->setAlignment(Qt::AlignCenter);
    inside->addWidget(hint);

    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(24, 16, 24, 16);
    all->addStretch(2);
    auto* centre = new QHBoxLayout;
    centre->addStretch(1);
    centre->addWidget(drop, 100);
    centre->addStretch(1);
    all->addLayout(centre);
    auto* below = new QHBoxLayout;
    library_->setMaximumWidth(560);
    below->addStretch(1);
    below->addWidget(library_, 100);
    below->addStretch(1);
    all->addSpacing(8);
    all->addLayout(below, 12);
    all->addStretch(3);
    connect(back_, &QPushButton::clicked, this, &WelcomePage::backRequested);
    connect(open_, &QPushButton::clicked, this, &WelcomePage::openRequested);
}

void WelcomePage::setCanGoBack(bool can) {
    back_->setVisible(can);
}

bool WelcomePage::event(QEvent* event) {
    // Escape goes back before it stops the reading.
    const bool escape = (event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress) &&
                        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape;
    if (!escape || back_->isHidden())
        return QWidget::event(event);
    event->accept();
    if (event->type() == QEvent::KeyPress)
        Q_EMIT backRequested();
    return true;
}

} // namespace longview::ui

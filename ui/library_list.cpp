#include "ui/library_list.h"

#include <QEvent>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <chrono>

#include "ui/card.h"
#include "ui/tone_label.h"
#include "ui/tones.h"

namespace longview::ui {
namespace {

constexpr int detailRole = Qt::UserRole;
constexpr int margin = 10;

/// A title with a quieter line below.
class EntryDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override {
        return {100, 2 * option.fontMetrics.height() + 14};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        const Tones tones = tonesOf(option.palette);
        const bool selected = option.state.testFlag(QStyle::State_Selected);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const QRectF frame = QRectF(option.rect).adjusted(1, 1, -1, -1);
        painter->setPen(selected && option.state.testFlag(QStyle::State_HasFocus) ? QPen(tones.accentText, 2)
                                                                                  : QPen(Qt::NoPen));
        painter->setBrush(selected || option.state.testFlag(QStyle::State_MouseOver) ? tones.accentSoft
                                                                                     : tones.base);
        painter->drawRoundedRect(frame, 6, 6);
        const int high = option.fontMetrics.height();
        const auto line = [&](int top, const QString& text, const QColor& colour) {
            const QRect place(option.rect.left() + margin, option.rect.top() + top,
                              option.rect.width() - 2 * margin, high);
            painter->setPen(colour);
            painter->drawText(place, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                              option.fontMetrics.elidedText(text, Qt::ElideRight, place.width()));
        };
        line(6, index.data(Qt::DisplayRole).toString(), tones.text);
        line(8 + high, index.data(detailRole).toString(), tones.muted);
        painter->restore();
    }
};

} // namespace

LibraryList::LibraryList(QWidget* parent)
    : QWidget(parent),
      field_(new QLineEdit(this)),
      list_(new QListWidget(this)),
      outcome_(new ToneLabel(ToneLabel::Tone::muted, ToneLabel::Size::normal, {}, this)) {
    setObjectName(QStringLiteral("library"));
    field_->setObjectName(QStringLiteral("libraryField"));
    field_->setPlaceholderText(tr("Search titles, questions and answers"));
    field_->setAccessibleName(field_->placeholderText());
    field_->setClearButtonEnabled(true);
    field_->setFrame(false);
    field_->setMaxLength(200);
    field_->installEventFilter(this);
    list_->setObjectName(QStringLiteral("libraryList"));
    list_->setAccessibleName(tr("Documents opened before, and answers"));
    list_->setFrameShape(QFrame::NoFrame);
    list_->setMouseTracking(true);
    list_->setUniformItemSizes(true);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    list_->setItemDelegate(new EntryDelegate(list_));
    list_->setMinimumHeight(48);
    list_->setSizeAdjustPolicy(QAbstractScrollArea::AdjustToContents);
    list_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    list_->installEventFilter(this);
    outcome_->setObjectName(QStringLiteral("libraryOutcome"));
    outcome_->setWordWrap(true);
    outcome_->hide();

    auto* search = new Card(this);
    search->followFocusOf(field_);
    auto* row = new QVBoxLayout(search);
    row->setContentsMargins(10, 6, 6, 6);
    row->addWidget(field_);
    auto* card = new Card(this);
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(5, 5, 5, 5);
    inside->addWidget(outcome_, 0, Qt::AlignTop);
    inside->addWidget(list_);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(search);
    all->addWidget(card);
    all->addStretch(1); // no larger than what is found

    pause_.setSingleShot(true);
    pause_.setInterval(std::chrono::milliseconds(120));
    connect(&pause_, &QTimer::timeout, this, [this] { Q_EMIT searched(words()); });
    connect(field_, &QLineEdit::textChanged, &pause_, qOverload<>(&QTimer::start));
    connect(field_, &QLineEdit::returnPressed, this, &LibraryList::openCurrent);
    connect(list_, &QListWidget::itemClicked, this, &LibraryList::openCurrent);
    applyPalette();
    hide();
}

void LibraryList::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyPalette();
}

void LibraryList::applyPalette() {
    QPalette own; // as in the question field
    own.setColor(QPalette::Base, Qt::transparent);
    own.setColor(QPalette::PlaceholderText, tonesOf(palette()).muted);
    field_->setPalette(own);
}

QString LibraryList::words() const {
    return field_->text().simplified();
}

void LibraryList::focusField() {
    field_->setFocus(Qt::ShortcutFocusReason);
    field_->selectAll();
}

void LibraryList::setEntries(const QString& words, const std::vector<LibraryEntry>& entries) {
    if (words != this->words())
        return;
    list_->clear();
    entries_ = entries;
    for (const LibraryEntry& entry : entries) {
        auto* item = new QListWidgetItem(entry.title, list_);
        item->setData(detailRole, entry.detail);
        item->setData(Qt::AccessibleTextRole, tr("%1, %2").arg(entry.title, entry.detail));
        item->setToolTip(entry.path);
    }
    if (!entries.empty())
        list_->setCurrentRow(0);
    outcome_->setText(tr("Nothing in the library has these words."));
    outcome_->setVisible(entries.empty());
    list_->setVisible(!entries.empty());
    list_->updateGeometry();
    setVisible(!entries.empty() || !words.isEmpty()); // a new library has nothing to show
}

void LibraryList::setProblem(const QString& sentence) {
    list_->clear();
    entries_.clear();
    list_->hide();
    outcome_->setText(sentence);
    outcome_->show();
    show();
}

void LibraryList::openCurrent() {
    if (list_->currentRow() < 0 || !list_->isVisible())
        return;
    const LibraryEntry entry = // a copy: whoever opens it may set others
        entries_[static_cast<std::size_t>(list_->currentRow())];
    Q_EMIT openRequested(entry);
}

bool LibraryList::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (watched == field_ && (key == Qt::Key_Down || key == Qt::Key_Up)) { // choose while one types
        const int row = list_->currentRow() + (key == Qt::Key_Down ? 1 : -1);
        if (row >= 0 && row < list_->count())
            list_->setCurrentRow(row);
        return true;
    }
    if (watched == list_ && (key == Qt::Key_Return || key == Qt::Key_Enter)) {
        openCurrent();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace longview::ui

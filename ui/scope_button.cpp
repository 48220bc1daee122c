#include "ui/scope_button.h"

#include <QAction>
#include <QMenu>

#include <algorithm>

#include "inference/values/parts.h"
#include "ui/format.h"

namespace longview::ui {
namespace {

QString plain(QString text) { // no mnemonics in what a document says
    text.replace(QLatin1Char('&'), QStringLiteral("&&"));
    return text;
}

} // namespace

ScopeButton::ScopeButton(QWidget* parent) : Button(Kind::quiet, {}, parent), menu_(new QMenu(this)) {
    setObjectName(QStringLiteral("scopeButton"));
    setAccessibleDescription(
        tr("A question about a part is answered as if the document ended there: nothing later is known."));
    setToolTip(accessibleDescription());
    menu_->setObjectName(QStringLiteral("scopeMenu"));
    menu_->setToolTipsVisible(true);
    setMenu(menu_);
    connect(menu_, &QMenu::aboutToShow, this, &ScopeButton::fillMenu);
    choose({});
}

void ScopeButton::setDocument(std::shared_ptr<const Document> document) {
    document_ = std::move(document);
    choose({});
}

void ScopeButton::setReadingPlace(std::function<std::size_t()> place) {
    readingPlace_ = std::move(place);
}

void ScopeButton::choose(std::optional<std::size_t> upTo) {
    upTo_ = upTo;
    const QString what = upTo_ ? tr("only up to %1").arg(nameOf(*upTo_)) : tr("the whole document");
    setText(tr("A&bout: %1 ▾").arg(plain(what)));
    setAccessibleName(tr("The question is about: %1").arg(what));
    updateGeometry();
    Q_EMIT changed();
}

QString ScopeButton::nameOf(std::size_t end) const {
    QString place = fromUtf8(place_before(*document_, end));
    if (place.isEmpty())
        place = tr("line %1").arg(wholeNumber(static_cast<std::int64_t>(document_->line_at(end - 1))));
    const std::size_t percent = end * 100 / std::max<std::size_t>(1, document_->text.size());
    return tr("%1 (%2 %)").arg(place).arg(percent);
}

void ScopeButton::fillMenu() {
    menu_->clear();
    if (document_ == nullptr)
        return;
    addPoint(menu_, tr("The &whole document"), QStringLiteral("scopeWhole"), std::nullopt);
    if (upTo_)
        addPoint(menu_, tr("Only up to %1").arg(plain(nameOf(*upTo_))), QStringLiteral("scopeChosen"), upTo_);
    menu_->addSeparator();
    const std::size_t here = readingPlace_ ? readingPlace_() : 0;
    if (here > 0 && here != upTo_)
        addPoint(menu_, tr("Only up to where I &am: %1").arg(plain(nameOf(here))),
                 QStringLiteral("scopeHere"), here);
    addChapters();
}

void ScopeButton::addChapters() {
    const std::vector<Section> chapters = chapters_of(*document_);
    if (chapters.empty())
        return;
    QMenu* list = menu_->addMenu(tr("Only up to the end of &chapter"));
    list->setObjectName(QStringLiteral("scopeChapters"));
    list->setStyleSheet(QStringLiteral("QMenu { menu-scrollable: 1; }")); // else columns, out of the screen
    // Filled when it is looked at: a reference may have thousands.
    connect(list, &QMenu::aboutToShow, this, [this, list, chapters] {
        list->clear();
        for (std::size_t i = 0; i < chapters.size(); ++i) {
            const QString title = fromUtf8(chapters[i].title).simplified();
            const QString shown = list->fontMetrics().elidedText(title, Qt::ElideRight, 360);
            addPoint(list, plain(QStringLiteral("%1  %2").arg(i + 1).arg(shown)), {},
                     i + 1 < chapters.size() ? chapters[i + 1].begin : document_->text.size());
        }
    });
}

void ScopeButton::addPoint(QMenu* menu, const QString& text, const QString& name,
                           std::optional<std::size_t> upTo) {
    QAction* action = menu->addAction(text);
    action->setObjectName(name);
    action->setCheckable(true);
    action->setChecked(upTo == upTo_);
    connect(action, &QAction::triggered, this, [this, upTo] { choose(upTo); });
}

} // namespace longview::ui

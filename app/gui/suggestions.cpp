#include "app/gui/suggestions.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>

namespace longview::app {

QStringList suggestions_for(const QString& document_path) {
    constexpr qsizetype most = 4;
    const QFileInfo document(QDir::cleanPath(document_path)); // a folder may end with a "/"
    QFile file(document.absolutePath() + QStringLiteral("/questions.jsonl"));
    if (!file.open(QIODevice::ReadOnly | QIODevice::Text))
        return {};

    QStringList questions;
    while (!file.atEnd() && questions.size() < most) {
        const auto item = QJsonDocument::fromJson(file.readLine()).object();
        const bool answerable = item[QLatin1String("family")].toString() != QLatin1String("unans");
        if (answerable && item[QLatin1String("doc")].toString() == document.fileName())
            questions.append(item[QLatin1String("question")].toString());
    }
    return questions;
}

} // namespace longview::app

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

    QStringList chosen, more, kinds;
    while (!file.atEnd()) {
        const auto item = QJsonDocument::fromJson(file.readLine()).object();
        const auto question = item[QLatin1String("question")].toString();
        const auto kind = item[QLatin1String("family")].toString();
        if (item[QLatin1String("doc")].toString() != document.fileName() || kind == QLatin1String("unans"))
            continue;
        (kinds.contains(kind) ? more : chosen).append(question);
        kinds.append(kind);
    }
    return (chosen + more).mid(0, most);
}

} // namespace longview::app

#pragma once
// Questions worth trying on the sample documents that come with Longview.

#include <QString>
#include <QStringList>

namespace longview::app {

/// The first four questions of questions.jsonl beside `document_path` that belong to this file or folder and
/// have an answer there. Empty for any other document.
QStringList suggestions_for(const QString& document_path);

} // namespace longview::app

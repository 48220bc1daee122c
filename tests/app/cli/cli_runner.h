#pragma once
// Runs longview-cli in a home of its own.

#include <functional>
#include <string>

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

namespace longview::cli::test {

struct Result {
    int code = -1; ///< -1: crashed or never ended
    QString out, err;
    QJsonObject json() const { return QJsonDocument::fromJson(out.toUtf8()).object(); }
    QJsonArray list() const { return QJsonDocument::fromJson(out.toUtf8()).array(); }
};

/// One line that says who complains, and ends as a sentence.
inline bool is_one_sentence(const QString& err) {
    return err.startsWith("longview-cli: ") && err.endsWith(".\n") && err.count('\n') == 1;
}

class Home {
public:
    Home() {
        // Tests that give up root's rights must still reach their files.
        QFile::setPermissions(directory_.path(), QFile::Permissions(0x7755));
    }
    QString path(const QString& name) const { return directory_.filePath(name); }
    QString library() const { return path("library.sqlite"); }

    QString write(const QString& name, const QByteArray& bytes) const {
        QDir().mkpath(QFileInfo(path(name)).path());
        QFile file(path(name));
        if (!file.open(QFile::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("%s cannot be written", qPrintable(file.fileName()));
        return file.fileName();
    }
    /// The beginning of a book with planted facts.
    QString book(const QString& name, qint64 bytes) const {
        QFile sample(FIXTURES "/books/alice.txt");
        if (!sample.open(QFile::ReadOnly))
            qFatal("no book");
        return write(name, sample.read(bytes));
    }
    /// A copy of the default model in which a file may be replaced.
    QString model(const QString& name) const {
        QDir().mkpath(path(name));
        for (const char* file : {"config.json", "model.safetensors", "tokenizer.model"})
            QFile::link(QString(RESOURCES "/models/default/") + file, path(name) + "/" + file);
        return path(name);
    }

    void prepare(QProcess& process, const QStringList& arguments) const {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char* name : {"LONGVIEW_MODEL", "LONGVIEW_MODELS", "XDG_DATA_HOME"})
            environment.remove(name);
        environment.insert("HOME", directory_.path());
        environment.insert("LONGVIEW_DATABASE", library());
        process.setProcessEnvironment(environment);
        process.setProgram(LONGVIEW_CLI);
        process.setArguments(arguments);
    }
    static Result finish(QProcess& process) {
        Result result;
        if (process.waitForFinished(120'000) && process.exitStatus() == QProcess::NormalExit)
            result.code = process.exitCode();
        result.out = QString::fromUtf8(process.readAllStandardOutput());
        result.err = QString::fromUtf8(process.readAllStandardError());
        return result;
    }
    Result run(const QStringList& arguments, const QByteArray& input = {},
               const std::function<void(QProcess&)>& setup = {}) const {
        QProcess process;
        prepare(process, arguments);
        if (setup)
            setup(process);
        process.start();
        process.write(input);
        process.closeWriteChannel();
        return finish(process);
    }

private:
    QTemporaryDir directory_;
};

inline const QByteArray story = "John moved to the hallway. Bruce walked to the kitchen. The boy was glad.\n";

} // namespace longview::cli::test

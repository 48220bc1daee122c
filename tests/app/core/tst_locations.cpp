#include "app/core/locations.h"

#include "support.h"

using namespace longview;
using namespace longview::app;
using namespace longview::app::test;
namespace fs = std::filesystem;

class TestLocations : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void optionBeatsEnvironmentBeatsXdg();
    void relativeXdgIsIgnored();
    void modelRootsInOrder();
    void modelByName();
    void modelByPath();
    void unknownModelNamesThePlaces();
    void listedModels();
    void samplesOfTheTree();

private:
    /// A model directory that looks right: the default model's files by reference.
    static void linkModel(const fs::path& directory);
    QTemporaryDir home_;
};

void TestLocations::init() {
    qputenv("HOME", home_.path().toUtf8());
    for (const char* name : {"XDG_DATA_HOME", "LONGVIEW_DATABASE", "LONGVIEW_MODEL", "LONGVIEW_MODELS"})
        qunsetenv(name);
}

void TestLocations::linkModel(const fs::path& directory) {
    fs::create_directories(directory);
    for (const char* name : {"config.json", "model.safetensors", "tokenizer.model"})
        fs::create_symlink(fs::path(RESOURCES "/models/default") / name, directory / name);
}

void TestLocations::optionBeatsEnvironmentBeatsXdg() {
    QCOMPARE(database_file(), path_of(home_) / ".local/share/longview/library.sqlite");
    qputenv("XDG_DATA_HOME", "/data");
    QCOMPARE(database_file(), fs::path("/data/longview/library.sqlite"));
    qputenv("LONGVIEW_DATABASE", "/elsewhere/l.sqlite");
    QCOMPARE(database_file(), fs::path("/elsewhere/l.sqlite"));
    QCOMPARE(database_file("option.sqlite"), fs::path("option.sqlite"));
    QVERIFY(!fs::exists(path_of(home_) / ".local")); // nothing was made by asking
}

void TestLocations::relativeXdgIsIgnored() {
    qputenv("XDG_DATA_HOME", "relative/data");
    QCOMPARE(database_file(), path_of(home_) / ".local/share/longview/library.sqlite");
}

void TestLocations::modelRootsInOrder() {
    qputenv("LONGVIEW_MODELS", "/first::/second");
    const std::vector<fs::path> roots = model_roots();
    QVERIFY(roots.size() >= 4);
    QCOMPARE(roots[0], fs::path("/first"));
    QCOMPARE(roots[1], fs::path("/second"));
    QCOMPARE(roots[2], path_of(home_) / ".local/share/longview/models");
    QCOMPARE(roots.back(), fs::path(RESOURCES "/models"));
}

void TestLocations::modelByName() {
    const fs::path models = path_of(home_) / "by-name";
    linkModel(models / "mine");
    linkModel(models / "other");
    qputenv("LONGVIEW_MODELS", models.c_str());
    QCOMPARE(model_directory("mine"), models / "mine");
    QCOMPARE(model_directory().filename(), fs::path("default"));
    qputenv("LONGVIEW_MODEL", "mine");
    QCOMPARE(model_directory(), models / "mine");
    QCOMPARE(model_directory("other"), models / "other");
}

void TestLocations::modelByPath() {
    const fs::path directory = path_of(home_) / "somewhere";
    linkModel(directory);
    QCOMPARE(model_directory(directory.string()), directory);
    const auto error = error_of([&] { model_directory((path_of(home_) / "nowhere").string()); });
    QVERIFY(error);
    QCOMPARE(error->kind, ErrorKind::model);
    QVERIFY(contains(error->sentence, "nowhere"));
}

void TestLocations::unknownModelNamesThePlaces() {
    qputenv("LONGVIEW_MODELS", "/place/of/models");
    const auto error = error_of([] { model_directory("no-such-model"); });
    QVERIFY(error);
    QCOMPARE(error->kind, ErrorKind::model);
    QVERIFY(contains(error->sentence, "no-such-model"));
    QVERIFY(contains(error->sentence, "/place/of/models"));
    QVERIFY(contains(error->sentence, RESOURCES "/models"));
}

void TestLocations::listedModels() {
    const fs::path models = path_of(home_) / "listed";
    linkModel(models / "good");
    linkModel(models / "without-tokenizer");
    fs::remove(models / "without-tokenizer/tokenizer.model");
    linkModel(models / "default"); // shadows the built-in one
    put_file(models / "broken/config.json", "{");
    put_file(models / "no-model/readme.txt", "nothing");
    qputenv("LONGVIEW_MODELS", models.c_str());

    std::map<std::string, ModelEntry> found;
    for (const ModelEntry& entry : list_models()) {
        QVERIFY(!found.contains(entry.name));
        found[entry.name] = entry;
    }
    QCOMPARE(found.at("good").problem, std::string());
    QCOMPARE(found.at("good").directory, models / "good");
    QVERIFY(found.at("good").bytes > 30'000'000);
    QVERIFY(contains(found.at("without-tokenizer").problem, "tokenizer.model"));
    QVERIFY(contains(found.at("broken").problem, "config.json"));
    QCOMPARE(found.at("default").directory, models / "default");
    QVERIFY(!found.contains("no-model"));
}

void TestLocations::samplesOfTheTree() {
    QVERIFY(fs::exists(samples_directory() / "story.txt"));
}

QTEST_GUILESS_MAIN(TestLocations)
#include "tst_locations.moc"

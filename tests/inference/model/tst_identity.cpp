// The hash chain that names memory states.

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <clocale>
#include <cmath>
#include <random>
#include <set>
#include <string>

#include "inference/model/config_file.h"
#include "inference/model/identity.h"
#include "safetensors_writer.h"

using namespace longview;

class tst_identity : public QObject {
    Q_OBJECT

private slots:
    void hashes_are_canonical_xxh3();
    void canonical_text_is_stable();
    void canonical_text_tells_every_field();
    void root_tells_every_part();
    void root_separates_fields();
    void weights_hash_covers_all_files();
    void chain_is_fixed();
    void equal_prefix_equal_chain();
    void one_change_changes_all_later();
    void tail_is_left_out();
    void segment_size_changes_the_chain();
};

namespace {

Fingerprint some_fingerprint() {
    return {hash_text("weights"), "config", hash_text("tokenizer"), "cpu-1"};
}

std::vector<TokenId> some_tokens(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<TokenId> tokens(count);
    for (auto& token : tokens)
        token = static_cast<TokenId>(random() % 32000);
    return tokens;
}

} // namespace

void tst_identity::hashes_are_canonical_xxh3() {
    // Values of `xxhsum -H2`.
    QCOMPARE(hash_text("").hex(), std::string("99aa06d3014798d86001c324468d497f"));
    QCOMPARE(hash_bytes({}).hex(), std::string("99aa06d3014798d86001c324468d497f"));
    QCOMPARE(hash_text("longview").hex(), std::string("504f71f1a89a5d8adb33bcd2c1854815"));
}

void tst_identity::canonical_text_is_stable() {
    const auto config = load_config(FIXTURES "/llama3");
    const std::string expected =
        "vocab_size=256\nhidden_size=64\nintermediate_size=160\nlayers=3\nheads=4\nkv_heads=2\nhead_dim=16\n"
        "rms_norm_eps=1e-05\nrope_theta=5e+05\nrope_scaling=llama3\nrope_factor=32\nrope_low_freq_factor=1\n"
        "rope_high_freq_factor=4\nrope_original_max_position_embeddings=64\ntied_embeddings=false\nmemory_"
        "tokens=6\n"
        "segment_size=24\nd_mem=8\nbos_token=none\neos_token=none\nquestion_token=none\nanswer_token=none\n"
        "newline_token=none\n";
    QCOMPARE(canonical(config), expected);
    if (std::setlocale(LC_ALL, "de_DE.UTF-8")) {
        const auto german = canonical(config);
        std::setlocale(LC_ALL, "C.UTF-8");
        QCOMPARE(german, expected);
    }
}

void tst_identity::canonical_text_tells_every_field() {
    const auto base = load_config(RESOURCES "/models/default");
    std::vector<ModelConfig> variants{base};
    const auto vary = [&](auto change) {
        variants.push_back(base);
        change(variants.back());
    };
    for (auto field :
         {&ModelConfig::vocab_size, &ModelConfig::hidden_size, &ModelConfig::intermediate_size,
          &ModelConfig::layers, &ModelConfig::heads, &ModelConfig::kv_heads, &ModelConfig::head_dim,
          &ModelConfig::memory_tokens, &ModelConfig::segment_size, &ModelConfig::d_mem})
        vary([&](ModelConfig& config) { ++(config.*field); });
    for (auto field : {&ModelConfig::rms_norm_eps, &ModelConfig::rope_theta})
        vary([&](ModelConfig& config) { config.*field = std::nextafter(config.*field, 1e9); });
    for (auto field : {&ModelConfig::bos_token, &ModelConfig::eos_token, &ModelConfig::question_token,
                       &ModelConfig::answer_token, &ModelConfig::newline_token}) {
        vary([&](ModelConfig& config) { config.*field = 77; });
        vary([&](ModelConfig& config) { (config.*field).reset(); });
    }
    vary([](ModelConfig& config) { config.tied_embeddings = false; });
    vary([](ModelConfig& config) { config.memory_span = 1; });
    vary([](ModelConfig& config) { config.memory_span = 2; });
    for (const auto& scaling : {RopeScaling{1, 1, 1, 0}, RopeScaling{2, 1, 1, 0}, RopeScaling{1, 2, 1, 0},
                                RopeScaling{1, 1, 2, 0}, RopeScaling{1, 1, 1, 2}})
        vary([&](ModelConfig& config) { config.rope_scaling = scaling; });
    std::set<std::string> texts;
    for (const auto& config : variants)
        texts.insert(canonical(config));
    QCOMPARE(texts.size(), variants.size());

    auto same = base; // how answers are spelled leaves every stored memory valid
    same.unquoted_answers = {"I do not know"};
    same.tested_tokens = 1000;
    QCOMPARE(canonical(same), canonical(base));
}

void tst_identity::root_tells_every_part() {
    const auto base = some_fingerprint();
    std::set<Hash128> roots{base.root()};
    auto other = base;
    other.weights.bytes[15] ^= 1U;
    roots.insert(other.root());
    other = base;
    other.tokenizer.bytes[0] ^= 1U;
    roots.insert(other.root());
    other = base;
    other.numerics = "cpu-2";
    roots.insert(other.root());
    other = base;
    other.config += " ";
    roots.insert(other.root());
    QCOMPARE(roots.size(), std::size_t{5});
    QVERIFY(base.root() == some_fingerprint().root());

    auto config = load_config(FIXTURES "/tiny");
    other = base;
    other.config = canonical(config);
    const auto before = other.root();
    ++config.segment_size;
    other.config = canonical(config);
    QVERIFY(other.root() != before);
}

void tst_identity::root_separates_fields() {
    // The same bytes after one another, cut elsewhere: 16 of the config become the tokenizer's hash.
    Fingerprint a{hash_text("w"), "config", hash_text("t"), "cpu"};
    const std::string tokenizer(a.tokenizer.bytes.begin(), a.tokenizer.bytes.end());
    const auto joined = a.config + tokenizer;
    Fingerprint b = a;
    b.config = joined.substr(0, 3);
    std::ranges::copy(joined.substr(3, 16), b.tokenizer.bytes.begin());
    b.numerics = joined.substr(19) + a.numerics;
    QCOMPARE(b.config + std::string(b.tokenizer.bytes.begin(), b.tokenizer.bytes.end()) + b.numerics,
             joined + a.numerics);
    QVERIFY(a.root() != b.root());
}

void tst_identity::weights_hash_covers_all_files() {
    QTemporaryDir dir;
    const auto path = test::to_path(dir.path());
    const auto hash_of = [&](const std::string& first, const std::string& second) {
        test::write_file(path / "1.safetensors", test::file_of({{"a", {"U8", {4}, first}}}));
        test::write_file(path / "2.safetensors", test::file_of({{"b", {"U8", {4}, second}}}));
        std::vector<SafetensorsFile> files;
        files.emplace_back(path / "1.safetensors");
        files.emplace_back(path / "2.safetensors");
        return hash_weights(files);
    };
    const auto base = hash_of("aaaa", "bbbb");
    QVERIFY(hash_of("aaaa", "bbbb") == base);
    QVERIFY(hash_of("aaab", "bbbb") != base);
    QVERIFY(hash_of("aaaa", "bbbc") != base);
    std::vector<SafetensorsFile> one;
    one.emplace_back(path / "1.safetensors");
    QVERIFY(hash_weights(one) != hash_weights({}));
    QVERIFY(hash_weights(one) != hash_bytes(one.front().bytes()));
}

void tst_identity::chain_is_fixed() {
    // The definition written out once more: the hash before, then each id as four bytes, least significant
    // first.
    const auto root = some_fingerprint().root();
    std::string link(root.bytes.begin(), root.bytes.end());
    link += std::string("\x01\0\0\0\x02\x01\0\0", 8);
    const auto chain = segment_chain(root, std::vector<TokenId>{1, 258}, 2);
    QCOMPARE(chain.size(), std::size_t{1});
    QVERIFY(chain[0] == hash_text(link));
    // Stored memories depend on this value: a change here makes every one of them unreadable.
    QCOMPARE(chain[0].hex(), std::string("07e145758751a8f66c5dc651dbe9d159"));
}

void tst_identity::equal_prefix_equal_chain() {
    const auto root = some_fingerprint().root();
    const auto tokens = some_tokens(1000, 1);
    const auto whole = segment_chain(root, tokens, 16);
    QCOMPARE(whole.size(), std::size_t{62});
    for (const std::size_t length : {0, 1, 15, 16, 17, 160, 999}) {
        const auto part = segment_chain(root, std::span(tokens).first(length), 16);
        QCOMPARE(part.size(), length / 16);
        QVERIFY(std::ranges::equal(part, std::span(whole).first(part.size())));
    }
    QCOMPARE((std::set(whole.begin(), whole.end()).size()), whole.size());
}

void tst_identity::one_change_changes_all_later() {
    constexpr unsigned seed = 3;
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    const auto root = some_fingerprint().root();
    const auto tokens = some_tokens(320, seed);
    const auto before = segment_chain(root, tokens, 16);
    for (int round = 0; round < 100; ++round) {
        auto changed = tokens;
        const auto at = random() % changed.size();
        changed[at] ^= static_cast<TokenId>(1U << (random() % 31));
        const auto after = segment_chain(root, changed, 16);
        for (std::size_t segment = 0; segment < before.size(); ++segment)
            QCOMPARE(after[segment] == before[segment], segment < at / 16);
    }
    auto other = root;
    other.bytes[3] ^= 0x80U;
    const auto moved = segment_chain(other, tokens, 16);
    for (std::size_t segment = 0; segment < before.size(); ++segment)
        QVERIFY(moved[segment] != before[segment]);
}

void tst_identity::tail_is_left_out() {
    const auto root = some_fingerprint().root();
    const auto tokens = some_tokens(40, 4);
    auto changed = tokens;
    ++changed.back();
    QVERIFY(segment_chain(root, tokens, 16) == segment_chain(root, changed, 16));
    QVERIFY(segment_chain(root, {}, 16).empty());
}

void tst_identity::segment_size_changes_the_chain() {
    const auto root = some_fingerprint().root();
    const auto tokens = some_tokens(64, 5);
    QVERIFY(segment_chain(root, tokens, 16).back() != segment_chain(root, tokens, 32).back());
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, segment_chain(root, tokens, 0));
}

QTEST_GUILESS_MAIN(tst_identity)
#include "tst_identity.moc"

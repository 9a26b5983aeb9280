#include "gigawatt/engine/plain_phrase.h"

#include <array>
#include <cctype>
#include <cmath>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "gigawatt/base/words.h"
#include "gigawatt/engine/plain_question.h"
#include "gigawatt/units/parse.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::engine {
namespace {

constexpr std::size_t kLongestName = 8;       ///< words of a name
constexpr std::size_t kLongestPhrase = 1000;  ///< characters

struct TimeWord {
  std::string_view word;
  double days;
};
constexpr TimeWord kTimeWords[] = {{"day", 1},
                                   {"week", 7},
                                   {"month", units::kMonth_s / units::kDay_s},
                                   {"year", units::kYear_s / units::kDay_s}};
constexpr std::string_view kFillers[] = {"of",   "on",  "with",  "in",   "for",   "at",   "a",   "an",
                                         "and",  "the", "from",  "over", "using", "what", "how", "to",
                                         "does", "run", "train", "cost", "x",     "sxm"};
constexpr std::string_view kAcceleratorWords[] = {"gpu", "accelerator", "chip"};
// What holds several accelerators: a rack is a scale-up domain, the others are nodes.
constexpr std::string_view kRackWords[] = {"rack", "pod"};
constexpr std::string_view kNodeWords[] = {"server", "node", "machine", "box", "system"};
// Words in a system's name by which people mean the whole of it: "12 DGX B200", "10 GB200 NVL72".
constexpr std::string_view kServerNames[] = {"dgx", "hgx"};
constexpr std::string_view kRackNames[] = {"nvl72", "helios"};
struct Scale {
  std::string_view word;
  double factor;
};
constexpr Scale kScales[] = {{"thousand", 1e3}, {"million", 1e6}, {"billion", 1e9}, {"trillion", 1e12},
                             {"k", 1e3},        {"m", 1e6},       {"b", 1e9},       {"t", 1e12}};

bool among(const auto& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

/// "days" -> "day".
std::string singular(std::string_view word) {
  std::string out = base::lower(word);
  if (out.size() > 2 && out.ends_with('s')) out.pop_back();
  return out;
}

/// At blanks and at commas that do not group digits; "60-day" is two words.
std::vector<std::string> words_of(std::string_view phrase) {
  const auto digit = [&](std::size_t i) { return i < phrase.size() && phrase[i] >= '0' && phrase[i] <= '9'; };
  std::vector<std::string> out(1);
  for (std::size_t i = 0; i < phrase.size(); ++i) {
    const char c = phrase[i];
    const bool grouping =
        c == ',' && i > 0 && digit(i - 1) && digit(i + 1) && digit(i + 2) && digit(i + 3) && !digit(i + 4);
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == ';' || c == '?' || (c == ',' && !grouping);
    if (!blank)
      out.back() += c;
    else if (!out.back().empty())
      out.emplace_back();
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

class PhraseReader {
 public:
  PhraseReader(const catalog::Catalog& catalog, const PlainQuery& query)
      : catalog_(catalog), asked_(query), out_(query), words_(words_of(query.phrase)) {
    out_.phrase.clear();
    index(catalog.systems(), &Entry::system);
    index(catalog.models(), &Entry::model);
  }

  tl::expected<PlainQuery, base::Diagnostics> read() {
    while (at_ < words_.size()) {
      if (name() || figure() || precision() || filler() || beginning_of_name()) continue;
      unknown();
    }
    if (bare_ && problems_.empty())
      complain("unclear", fmt::format("'{}' counts nothing", bare_->text),
               "write what it counts: '5 MW', '100,000 GPUs', '60 days', '15T tokens'");
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return std::move(out_);
  }

 private:
  /// A value with the words that it takes: "22T", "22 trillion", "1,024".
  struct Figure {
    double value = 0;
    std::size_t words = 1;
    std::string text;
    std::string of;  ///< "rack", "server" ...; empty: accelerators, unless the system's name says more
  };
  std::string joined(std::size_t at, std::size_t count) const {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : " ") + words_[at + i];
    return out;
  }

  void complain(std::string code, std::string message, std::string hint = {}) {
    problems_.push_back(base::error(std::move(code), std::move(message), std::move(hint)));
  }

  /// Notes that the phrase says `what`; refused where it was said before.
  void once(std::string_view what, bool before) {
    if (before)
      complain("given-twice", fmt::format("'{}' is said twice in '{}' and the options", what, asked_.phrase),
               "once is enough");
  }

  /// Accelerators in one of what a count before or after a system's name counts.
  double each(const catalog::System& system, const std::string& named, const std::string& of) {
    const auto holds = [&](const auto& parts) {
      return std::any_of(std::begin(parts), std::end(parts), [&](std::string_view part) {
        return base::letters_and_digits(named).find(part) != std::string::npos;
      });
    };
    const double node = system.accelerators_per_node, domain = system.scaleup_domain;
    if (among(kRackWords, of)) {
      if (domain <= node)
        complain("unclear",
                 fmt::format("how many accelerators a {} of {} holds is not said", of, system.title),
                 "count servers or accelerators");
      return domain;
    }
    if (among(kAcceleratorWords, of)) return 1;
    if (of != "system" && among(kNodeWords, of)) return node;
    if (holds(kRackNames)) return domain;
    return of == "system" || holds(kServerNames) ? node : 1;
  }

  /// `as`: what the question calls it from here on; `named`: how it was said; `next`: the word behind that.
  void take_system(const catalog::System& system, const std::string& as, const std::string& named,
                   std::size_t next) {
    once("system", system_said_ || (asked_.system != PlainQuery{}.system && asked_.system != as));
    system_said_ = true;
    out_.system = as;
    if (!bare_) return;
    std::string of = bare_->of;
    if (of.empty() && next < words_.size()) {
      of = singular(words_[next]);
      if (among(kRackWords, of) || among(kNodeWords, of))
        words_[next] = kAcceleratorWords[0];  // said: what is counted
      else if (!among(kAcceleratorWords, of))
        of.clear();
    }
    count(bare_->value * each(system, named, of), bare_->text);
    bare_.reset();
  }

  void take_model(const std::string& model) {
    once("model", out_.model.given());
    out_.model.name = model;
  }

  /// The entry that goes by a name.
  struct Entry {
    const catalog::System* system = nullptr;
    const catalog::Model* model = nullptr;
  };

  template <typename T>
  void index(const std::vector<T>& entries, const T* Entry::* which) {
    for (const auto& e : entries)
      for (const auto& name : names_of(e))
        if (auto& first = names_[base::letters_and_digits(name)].*which; first == nullptr) first = &e;
  }

  /// Words of the longest name that begins at a word, of one or several, and whose it is; 0: none does.
  std::pair<std::size_t, Entry> name_at(std::size_t at) const {
    for (std::size_t n = std::min(kLongestName, words_.size() - at); n > 0; --n) {
      std::string text = base::letters_and_digits(joined(at, n));
      auto found = names_.find(text);
      if (found == names_.end() && text.size() > 1 && text.back() == 's') {
        text.pop_back();
        found = names_.find(text);
      }
      if (!text.empty() && found != names_.end()) return {n, found->second};
    }
    return {};
  }

  /// A name of the catalogue, the longest that begins here.
  bool name() {
    const auto [count, entry] = name_at(at_);
    if (count == 0) return false;
    if (entry.system != nullptr)
      take_system(*entry.system, entry.system->name, joined(at_, count), at_ + count);
    else
      take_model(entry.model->name);
    at_ += count;
    return true;
  }

  /// The value that begins here; of what, the words after it say.
  std::optional<Figure> value() const {
    std::string word = words_[at_];
    if (word.size() > 1 && word.ends_with('x') &&
        std::isdigit(static_cast<unsigned char>(word[word.size() - 2])) != 0)
      word.pop_back();  // "8x H100"
    const auto counted = units::parse_count(word);
    if (!counted || *counted < 0) return std::nullopt;
    Figure f{*counted, 1, words_[at_], ""};
    if (at_ + 1 < words_.size())
      for (const auto& s : kScales)
        if (base::lower(words_[at_ + 1]) == s.word) return Figure{f.value * s.factor, 2, joined(at_, 2), ""};
    return f;
  }

  bool figure() {
    if (power()) return true;
    const std::size_t dash = words_[at_].find('-');  // "60-day"
    if (dash != std::string::npos && dash > 0 && units::parse_count(words_[at_].substr(0, dash))) {
      words_.insert(words_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, words_[at_].substr(dash + 1));
      words_[at_].resize(dash);
    }
    const auto f = value();
    if (!f) return false;
    const std::size_t next = at_ + f->words;
    // A name goes before what its first word counts: "1,000 TPU v5p".
    const std::string unit = next < words_.size() && name_at(next).first == 0 ? singular(words_[next]) : "";
    if (unit == "token") {
      once("tokens", out_.tokens > 0);
      out_.tokens = f->value;
    } else if (among(kAcceleratorWords, unit)) {
      count(f->value, f->text);
    } else if (among(kRackWords, unit) || among(kNodeWords, unit)) {
      if (bare_) complain("unclear", fmt::format("'{}' counts nothing", bare_->text));
      bare_ = f;
      bare_->of = unit;
      at_ = next + 1;
      return true;
    } else if (const auto* t = std::find_if(std::begin(kTimeWords), std::end(kTimeWords),
                                            [&](const TimeWord& w) { return w.word == unit; });
               t != std::end(kTimeWords)) {
      once("days", out_.days > 0);
      out_.days = f->value * t->days;
    } else if (f->value >= 1e10) {  // nobody owns so many accelerators
      once("tokens", out_.tokens > 0);
      out_.tokens = f->value;
      at_ = next;
      return true;
    } else {
      if (bare_) complain("unclear", fmt::format("'{}' counts nothing", bare_->text));
      bare_ = f;
      at_ = next;
      return true;
    }
    at_ = next + 1;
    return true;
  }

  /// "1 GW", "1GW", "500 megawatts".
  bool power() {
    for (std::size_t n = std::min<std::size_t>(2, words_.size() - at_); n > 0; --n) {
      std::string text = joined(at_, n);
      for (const auto& [word, unit] : {std::pair{"gigawatt", "GW"},
                                       {"megawatt", "MW"},
                                       {"kilowatt", "kW"},
                                       {"gw", "GW"},
                                       {"mw", "MW"},
                                       {"kw", "kW"}})
        if (const std::string lower = singular(text); lower.ends_with(word)) {
          text = text.substr(0, lower.size() - std::string_view(word).size()) + unit;
          break;
        }
      std::erase(text, ',');
      const auto q = units::parse_quantity(text);
      if (!q || !q->has_unit || q->dimension != units::kPower) continue;
      once("power", out_.power_w > 0);
      out_.power_w = q->si;
      at_ += n;
      return true;
    }
    return false;
  }

  void count(double n, const std::string& text) {
    once("gpus", out_.gpus.has_value());
    if (!(n >= 1 && n <= 1e9) || n != std::floor(n))
      return complain("out-of-range", fmt::format("'{}' is no count of accelerators", text),
                      "1 to 1,000,000,000");
    out_.gpus = static_cast<std::int64_t>(n);
  }

  /// "in FP8".
  bool precision() {
    const auto found = catalog::parse_precision(base::lower(words_[at_]));
    if (!found) return false;
    once("precision", precision_said_);
    precision_said_ = true;
    out_.precision = catalog::to_string(*found);
    ++at_;
    return true;
  }

  bool filler() {
    const std::string word = base::lower(words_[at_]);
    if (!among(kFillers, word) && !among(kAcceleratorWords, singular(word))) return false;
    ++at_;
    return true;
  }

  /// Words that begin names, as "Llama 4" begins that of two models: the reader of names takes the shortest and says so.
  bool beginning_of_name() {
    for (std::size_t n = std::min(kLongestName, words_.size() - at_); n > 0; --n) {
      std::vector<std::string> notes;
      const std::string text = joined(at_, n);
      if (const auto* system = meant(catalog_.systems(), text, notes); system != nullptr)
        take_system(*system, text, text, at_ + n);
      else if (meant(catalog_.models(), text, notes) != nullptr)
        take_model(text);
      else
        continue;
      at_ += n;
      return true;
    }
    return false;
  }

  void unknown() {
    std::vector<std::string> known;
    std::set<std::string> seen;
    const auto add = [&](const auto& entry) {
      for (auto& n : names_of(entry))
        if (seen.insert(base::letters_and_digits(n)).second) known.push_back(std::move(n));
    };
    for (const auto& s : catalog_.systems()) add(s);
    for (const auto& m : catalog_.models()) add(m);
    std::string hint = base::did_you_mean(words_[at_], known);
    complain(
        "unknown-name", fmt::format("'{}' is no system, model or figure", words_[at_]),
        hint.empty() ? "as in '1 GW of GB300' or 'Llama 4 Maverick, 22T tokens, 60 days'" : std::move(hint));
    ++at_;
  }

  const catalog::Catalog& catalog_;
  const PlainQuery& asked_;
  PlainQuery out_;
  std::vector<std::string> words_;
  std::unordered_map<std::string, Entry> names_;  ///< by letters and digits
  std::size_t at_ = 0;
  bool system_said_ = false;
  bool precision_said_ = false;
  std::optional<Figure> bare_;  ///< a count whose meaning comes with the system that follows
  base::Diagnostics problems_;
};

}  // namespace

tl::expected<PlainQuery, base::Diagnostics> read_phrase(const catalog::Catalog& catalog,
                                                        const PlainQuery& query) {
  if (query.phrase.size() > kLongestPhrase)
    return tl::unexpected(base::Diagnostics{base::error(
        "too-long", fmt::format("the question has {} characters", query.phrase.size()), "at most 1,000")});
  return PhraseReader(catalog, query).read();
}

}  // namespace gigawatt::engine

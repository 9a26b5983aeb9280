#include "gigawatt/engine/power_study.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/words.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::engine {
namespace {

using base::Diagnostics;
using waveform::Means;

/// Samples that a question may ask for: a hundred seconds in tenths of a millisecond, an hour in thirds of a second.
constexpr double kMostSamples = 4e6;
/// Cabinets hold about four servers where the scale-up domain is a server.
constexpr double kServersOfARack = 4;

Diagnostics wrong_option(std::string message, std::string hint) {
  return {base::error("bad-option", std::move(message), std::move(hint))};
}

template <typename Names>
std::string listed(const Names& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

Diagnostics unknown_word(std::string_view option, const std::string& name,
                         const std::vector<std::string>& names) {
  const auto near = base::nearest_names(name, names);
  return {base::error("unknown-name", fmt::format("{}: there is no '{}'", option, name.substr(0, 80)),
                      near.empty()
                          ? listed(names)
                          : fmt::format("did you mean '{}'? There are {}", near.front(), listed(names)))};
}

std::optional<double> number_in(const std::string& text) {
  const auto x = units::parse_quantity(text);
  return x && x->dimension == units::kNone ? std::optional(x->si) : std::nullopt;
}

/// The size of a means from its text.
tl::expected<double, Diagnostics> size_of(Means means, const std::string& given, double accelerators) {
  const std::string text(base::without_quotes(given));
  const auto x = units::parse_quantity(text);
  const auto name = waveform::kMeansNames[static_cast<std::size_t>(means)];
  const auto refuse = [&](std::string_view what, std::string_view example) {
    return tl::unexpected(wrong_option(fmt::format("mitigate: {} is '{}', which is no {}", name, text, what),
                                       fmt::format("write {}={}", name, example)));
  };
  if (means == Means::kFloor) {
    if (!x || !(x->dimension == units::kNone) || x->si < 0 || x->si > 1)
      return refuse("share of the accelerator's power limit", "0.7");
  } else if (means == Means::kRamp) {
    if (!x || !(x->dimension == units::kPower / units::kTime) || x->si <= 0)
      return refuse("ramp", "\"5 MW/s\"");
  } else if (!x || !(x->dimension == units::kEnergy) || x->si <= 0) {
    return refuse("energy above zero",
                  means == Means::kRackStorage ? "\"65 J\" (of an accelerator)" : "\"2 MWh\"");
  }
  return means == Means::kRackStorage ? x->si * accelerators : x->si;
}

/// The yearly mean PUE: the site's, or that of the system's kind of cooling.
double pue_of(const Knowledge& knowledge, const catalog::System& system, const catalog::Site* site) {
  if (site != nullptr && site->pue > 0) return site->pue;
  return catalog::typical_pue(knowledge.catalog.facility(), system.cooling);
}

waveform::JobPattern pattern_of(const PowerOptions& o) {
  const auto asked = [](double t) { return t > 0 ? t : -1; };
  return {.start_s = asked(o.start_s),
          .end_s = asked(o.end_s),
          .offset_s = 0,
          .checkpoint_every_s = asked(o.checkpoint_every_s),
          .checkpoint_s = o.checkpoint_s,
          .failure_s = asked(o.failure_s),
          .detection_s = o.detection_s,
          .restart_s = o.restart_s};
}

/// "a:b" or "a:b@c" in numbers.
tl::expected<std::vector<std::array<double, 3>>, Diagnostics> triples(std::string_view option,
                                                                      const std::string& text,
                                                                      std::string_view example) {
  std::vector<std::array<double, 3>> out;
  for (const std::string& part : parts_of(text, ',')) {
    const auto at = parts_of(part, '@');
    const auto pair = parts_of(at.empty() ? "" : at.front(), ':');
    const auto a = pair.size() == 2 ? number_in(pair[0]) : std::nullopt;
    const auto b = pair.size() == 2 ? number_in(pair[1]) : std::nullopt;
    const auto c = at.size() == 2 ? number_in(at[1]) : std::optional(0.0);
    if (!a || !b || !c || at.size() > 2 || *a < 0 || *b <= 0)
      return tl::unexpected(wrong_option(fmt::format("{}: '{}' cannot be read", option, part.substr(0, 80)),
                                         fmt::format("write {}={}", option, example)));
    out.push_back({*a, *b, *c});
  }
  return out;
}

class Questioner {
 public:
  Questioner(const Knowledge& knowledge, const std::filesystem::path& data, const step::StepRequest& request,
             const step::StepResult& result, const PowerOptions& options)
      : knowledge_(knowledge), data_(data), request_(request), result_(result), o_(options) {}

  tl::expected<PowerAnswer, Diagnostics> answer() {
    resolve();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    run();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return std::move(out_);
  }

 private:
  template <typename T>
  bool keep(const tl::expected<T, Diagnostics>& x) {
    if (!x) problems_.insert(problems_.end(), x.error().begin(), x.error().end());
    return x.has_value();
  }
  void add(const Diagnostics& d) { problems_.insert(problems_.end(), d.begin(), d.end()); }

  template <typename T>
  const T* named(std::string_view option, const std::string& name, const std::vector<T>& all) {
    if (name.empty()) return &all.front();
    const auto it = std::find_if(all.begin(), all.end(), [&](const T& x) { return x.name == name; });
    if (it != all.end()) return &*it;
    std::vector<std::string> names;
    for (const T& x : all) names.push_back(x.name);
    add(unknown_word(option, name, names));
    return nullptr;
  }

  void resolve() {
    if (auto library = power::load_power(data_); keep(library)) library_ = std::move(*library);
    if (auto limits = waveform::load_limits(data_); keep(limits)) out_.limits = std::move(*limits);
    if (!problems_.empty()) return;
    if (!o_.limit_text.empty()) {
      const auto node =
          config::parse_toml(std::make_shared<base::SourceText>(base::SourceText{o_.limit, o_.limit_text}));
      auto own = node ? waveform::read_limit(*node) : tl::unexpected(node.error());
      if (keep(own)) {
        if (!own->bounds_power())
          add(wrong_option(fmt::format("limit: '{}' bounds no power", own->name),
                           "give it [[ramp]], [[band]] or dynamic_range"));
        out_.limits.push_back(std::move(*own));
        limit_ = out_.limits.size() - 1;
      }
    } else if (!o_.limit.empty()) {
      const auto bounding = bounding_limits();
      if (const auto* l = named("limit", o_.limit, bounding))
        limit_ = static_cast<std::size_t>(std::find_if(out_.limits.begin(), out_.limits.end(),
                                                       [&](const auto& x) { return x.name == l->name; }) -
                                          out_.limits.begin());
    }
    chain_ = named("chain", o_.chain, library_.chains.chains);
    if (chain_ != nullptr)
      device_ = named("ride_through", o_.ride_through.empty() ? chain_->ride_through : o_.ride_through,
                      library_.ride_through);
    const auto level = std::find(waveform::kLevelNames.begin(), waveform::kLevelNames.end(), o_.level);
    if (level == waveform::kLevelNames.end())
      add(unknown_word("level", o_.level, {waveform::kLevelNames.begin(), waveform::kLevelNames.end()}));
    else
      out_.level = static_cast<waveform::Level>(level - waveform::kLevelNames.begin());
    if (!o_.site.empty()) {
      const auto site = knowledge_.catalog.site(o_.site);
      if (site)
        site_ = *site;
      else
        add({base::error("unknown-name", site.error().message())});
    }
    const double accelerators = static_cast<double>(request_.gpus) * static_cast<double>(o_.jobs);
    if (auto asked = parse_mitigations(o_.mitigate, accelerators); keep(asked))
      out_.asked = std::move(*asked);
    if (auto dips = triples("dips", o_.dips, "0.5:0.1@10 (voltage per unit, seconds, when)"); keep(dips))
      for (const auto& d : *dips) out_.dips.push_back({d[2], d[0], d[1]});
    std::stable_sort(out_.dips.begin(), out_.dips.end(),
                     [](const auto& a, const auto& b) { return a.at_s < b.at_s; });
    if (auto modes = triples("modes", o_.modes, "0.25:0.03 (hertz, damping)"); keep(modes))
      for (const auto& m : *modes) {
        if (m[0] <= 0 || m[1] >= 1)
          add(wrong_option(fmt::format("modes: {} Hz with a damping of {} does not swing", m[0], m[1]),
                           "a frequency above 0 and a damping between 0 and 1"));
        modes_.push_back({m[0], m[1]});
      }
    check_numbers();
  }

  void check_numbers() {
    if (o_.seconds_s < o_.dt_s)
      add(wrong_option("the window is shorter than one step of it", "write seconds=60 dt=1ms"));
    else if (o_.seconds_s / o_.dt_s > kMostSamples)
      add(wrong_option(fmt::format("{:.0f} samples are too many", o_.seconds_s / o_.dt_s),
                       fmt::format("at most {:.0f}: shorten `seconds` or lengthen `dt`", kMostSamples)));
    constexpr double kLeastSamples = 10;  // of a step, for its swing to be seen
    if (o_.dt_s * kLeastSamples > result_.step_time_s)
      add(wrong_option(
          fmt::format("samples of {:g} s do not show a step of {:.3g} s", o_.dt_s, result_.step_time_s),
          fmt::format("`dt` of at most {:.3g} ms", result_.step_time_s / kLeastSamples * 1e3)));
    const double pieces = step::scheduled_work(result_.micro_batches, request_.plan);
    if (pieces > step::kMostScheduledWork)
      add(wrong_option(fmt::format("a step's schedule of {:.0f} pieces of work is too long", pieces),
                       fmt::format("at most {:.0f}: take a smaller global batch, or a larger micro-batch",
                                   step::kMostScheduledWork)));
    if (o_.end_s > 0 && o_.end_s <= o_.start_s)
      add(wrong_option("the job ends before it starts", "end above start"));
    if (o_.checkpoint_every_s > 0 && o_.checkpoint_s <= 0)
      add(wrong_option("a checkpoint that takes no time", "give checkpoint_time beside checkpoint_every"));
  }

  std::vector<waveform::Limit> bounding_limits() const {
    std::vector<waveform::Limit> out;
    for (const auto& l : out_.limits)
      if (l.bounds_power()) out.push_back(l);
    return out;
  }

  void run() {
    waveform::ProfileOptions options{.cap = o_.cap,
                                     .only_rank = out_.level == waveform::Level::kRack ? 0 : -1};
    auto profile = waveform::step_profile(request_, knowledge_.calibration, library_,
                                          knowledge_.catalog.accelerators(), result_, options);
    if (!profile) return add(wrong_option(profile.error().message, profile.error().hint));
    out_.profile = std::move(*profile);
    const power::NodeLaw node = power::node_law(*request_.system, *request_.accelerator);
    waveform::StudyInput in;
    in.level = out_.level;
    in.window_s = o_.seconds_s;
    in.dt_s = o_.dt_s;
    in.accelerators = static_cast<double>(request_.gpus);
    const double domain = request_.system->scaleup_domain;
    in.accelerators_of_a_rack = domain > node.accelerators ? domain : kServersOfARack * node.accelerators;
    in.jobs = o_.jobs;
    in.batteries = o_.batteries;
    in.pattern = pattern_of(o_);
    in.chain = chain_;
    in.pue_chain =
        &library_.chains.chains.front();  // what sites are built with: another one changes their PUE
    in.pue = out_.pue = pue_of(knowledge_, *request_.system, site_);
    in.mitigations = out_.asked;
    in.limit = limit_ ? &out_.limits[*limit_] : nullptr;
    out_.chain = chain_->name;
    out_.device = device_->name;
    out_.site = site_ == nullptr ? "" : site_->name;
    out_.study = waveform::study(in, out_.profile, node, library_, out_.limits);
    grid();
    said_with_care();
  }

  /// What a window that is too short, or samples that are too long, cannot show of the step and of the limit.
  void said_with_care() {
    const double period = out_.profile.period_s;
    if (o_.seconds_s < 2 * period)
      out_.notes.push_back(fmt::format(
          "the window of {:g} s holds {:.2g} steps of {:.3g} s: swings and means are not those of "
          "the job (`seconds`)",
          o_.seconds_s, o_.seconds_s / period, period));
    if (out_.study.limits.empty()) return;
    const waveform::Limit& limit = *out_.study.limits[out_.study.chosen].limit;
    double window = 0, highest = 0;
    for (const auto& ramp : limit.ramps) window = std::max(window, ramp.window_s);
    for (const auto& band : limit.bands) {
      window = std::max(window, band.window_s);
      highest = std::max(highest, band.high_hz);
    }
    if (window > o_.seconds_s)
      out_.notes.push_back(fmt::format(
          "{} looks at {:g} s, the window has {:g} s: what it bounds is not all there (`seconds`)",
          limit.name, window, o_.seconds_s));
    if (highest > 0.5 / o_.dt_s)
      out_.notes.push_back(
          fmt::format("{} bounds swings up to {:g} Hz, samples of {:g} ms show those up to {:.3g} Hz (`dt`)",
                      limit.name, highest, o_.dt_s * 1e3, 0.5 / o_.dt_s));
  }

  /// What the grid does to the load, and the load to the grid.
  void grid() {
    const waveform::Study& s = out_.study;
    const double share = s.it.mean / s.capacity_it_w;
    out_.outcomes = waveform::ride_through(*device_, out_.dips, s.mean_w, share);
    for (const waveform::Limit& l : out_.limits)
      if (auto bands = waveform::check_bands(l, *device_, s.mean_w, share); !bands.empty())
        out_.bands.emplace_back(l.name, std::move(bands));
    for (const waveform::SwingMode& m : modes_) out_.modes.push_back(waveform::drive(s.after_series, m));
    out_.short_circuit_ratio = o_.short_circuit_ratio;
    if (o_.short_circuit_ratio > 0) out_.bus = waveform::bus_swing(s.after_series, o_.short_circuit_ratio);
    out_.breaker_w = o_.breaker_w;
    if (o_.breaker_w > 0)
      out_.breaker_trips_s =
          power::trips_at_s(library_.breaker(o_.breaker_w), s.load.facility.watts, o_.dt_s);
  }

  const Knowledge& knowledge_;
  const std::filesystem::path& data_;
  const step::StepRequest& request_;
  const step::StepResult& result_;
  const PowerOptions& o_;
  power::PowerLibrary library_;
  const power::Chain* chain_ = nullptr;
  const power::RideThroughDevice* device_ = nullptr;
  const catalog::Site* site_ = nullptr;
  std::optional<std::size_t> limit_;
  std::vector<waveform::SwingMode> modes_;
  PowerAnswer out_;
  Diagnostics problems_;
};

}  // namespace

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> out;
  std::size_t from = 0;
  if (text.empty()) return out;
  while (from <= text.size()) {
    const std::size_t to = std::min(text.find(separator, from), text.size());
    std::string part = text.substr(from, to - from);
    const auto first = part.find_first_not_of(' '), last = part.find_last_not_of(' ');
    out.push_back(first == std::string::npos ? "" : part.substr(first, last - first + 1));
    from = to + 1;
  }
  return out;
}

tl::expected<std::vector<waveform::Mitigation>, base::Diagnostics> parse_mitigations(const std::string& text,
                                                                                     double accelerators) {
  std::vector<waveform::Mitigation> out;
  Diagnostics problems;
  const std::vector<std::string> names(waveform::kMeansNames.begin(), waveform::kMeansNames.end());
  for (const std::string& part : parts_of(text, ',')) {
    const std::size_t equal = std::min(part.find('='), part.size());
    const std::string name = part.substr(0, equal);
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end()) {
      const Diagnostics d = unknown_word("mitigate", name, names);
      problems.insert(problems.end(), d.begin(), d.end());
      continue;
    }
    waveform::Mitigation m{static_cast<Means>(it - names.begin()), -1};
    if (equal < part.size() && m.means != Means::kStagger) {
      const auto size = size_of(m.means, part.substr(equal + 1), accelerators);
      if (!size) {
        problems.insert(problems.end(), size.error().begin(), size.error().end());
        continue;
      }
      m.size = *size;
    }
    out.push_back(m);
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return out;
}

tl::expected<PowerAnswer, base::Diagnostics> power_study(const Knowledge& knowledge,
                                                         const std::filesystem::path& data,
                                                         const step::StepRequest& request,
                                                         const step::StepResult& result,
                                                         const PowerOptions& options) {
  return Questioner(knowledge, data, request, result, options).answer();
}

}  // namespace gigawatt::engine

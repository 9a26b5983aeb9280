#include "gigawatt/scenario/plan_load.h"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/config/override.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/scenario/fields.h"
#include "gigawatt/scenario/problems.h"

namespace gigawatt::scenario {
namespace {

config::Node text_node(config::Node::Kind kind, std::string text, const base::SourceSpan& span) {
  config::Node out;
  out.kind = kind;
  out.text = std::move(text);
  out.span = out.key_span = span;
  return out;
}

config::Node* member(config::Node& table, std::string_view key) {
  for (auto& [name, node] : table.members)
    if (name == key) return &node;
  return nullptr;
}

void drop(config::Node& table, std::string_view key) {
  std::erase_if(table.members, [&](const config::Node::Member& m) { return m.key == key; });
}

/// Checks of names and dates that need no catalogue.
class Checks {
 public:
  Checks(const PlanTable& table, const Scenario& scenario, Problems& problems)
      : t_(table), s_(scenario), problems_(problems) {
    for (const auto& site : scenario.sites) sites_.push_back(site.name);
    for (const auto& p : table.phases) phases_.push_back(p.name);
    for (const auto& l : table.limits) limits_.push_back(l.name);
    for (const auto& f : table.financing) financing_.push_back(f.name);
    financing_.push_back("own");
  }

  void run() {
    if (!t_.given())
      problems_.error("plan", "no-options", "there is nothing to plan with: no candidate, supply or chips",
                      "give [plan] some [[plan.phase]] and [[plan.chips]] (docs/guide/plan.md)");
    goal();
    phases();
    supply();
    chips();
    shared();
  }

 private:
  void known(const std::string& path, std::string_view what, const std::string& name,
             const std::vector<std::string>& names) {
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    problems_.error(path, "unknown-name", fmt::format("unknown {} '{}'", what, name.substr(0, 80)),
                    base::did_you_mean(name, names));
  }
  void uses(const std::string& path, const std::map<std::string, double>& map) {
    for (const auto& [name, amount] : map) known(path + ".uses." + name, "limit", name, limits_);
  }
  void one_of(const std::string& path, const std::string& value, const std::vector<std::string>& names) {
    if (!value.empty()) known(path, "goal", value, names);
  }
  template <typename List>
  void unique(const List& list, const std::string& path) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!list[i].name.empty() && !seen.insert(list[i].name).second)
        problems_.error(fmt::format("{}[{}].name", path, i), "duplicate-name",
                        fmt::format("two entries of {} are named '{}'", path, list[i].name));
  }

  void goal() {
    one_of("plan.maximize", t_.maximize, {"training_flop", "tokens", "accelerators"});
    one_of("plan.minimize", t_.minimize, {"cost"});
    if (!t_.step.empty()) known("plan.step", "step", t_.step, {"month", "quarter", "year"});
    if (!t_.maximize.empty() && !t_.minimize.empty())
      problems_.error("plan.minimize", "given-twice", "the plan has two goals: maximize and minimize",
                      "give one");
    if (t_.by && (*t_.by <= s_.start || *t_.by > s_.end))
      problems_.error(
          "plan.by", "out-of-range",
          fmt::format("the goal's date ({}) is not within the scenario ({} to {})", base::to_iso_date(*t_.by),
                      base::to_iso_date(s_.start), base::to_iso_date(s_.end)));
    if (t_.begin && (*t_.begin < s_.start || *t_.begin >= s_.end))
      problems_.error("plan.begin", "out-of-range",
                      fmt::format("{} is not within the scenario", base::to_iso_date(*t_.begin)));
    if (t_.target.model.empty() != !t_.target.model_tokens.has_value())
      problems_.error("plan.target", "missing-key",
                      "a model is trained on model_tokens: one of both is missing");
    double sum = 0;
    for (const auto& c : t_.cases) sum += c.probability;
    if (!t_.cases.empty() && std::abs(sum - 1) > 1e-9)
      problems_.error("plan.case[0].probability", "out-of-range",
                      fmt::format("the probabilities of the cases sum to {:.6g}", sum), "they must sum to 1");
    if (!t_.cases.empty() && !t_.decide)
      problems_.error("plan.case", "missing-key", "cases are given, but not when the case is known",
                      "give plan.decide, the day until which orders are made without knowing it");
  }

  void phases() {
    unique(t_.phases, "plan.phase");
    for (std::size_t i = 0; i < t_.phases.size(); ++i) {
      const PlanPhase& p = t_.phases[i];
      const std::string path = fmt::format("plan.phase[{}]", i);
      if (!p.site.empty()) known(path + ".site", "site", p.site, sites_);
      for (const auto& name : p.after) known(path + ".requires", "candidate", name, phases_);
      for (const auto& name : p.financing) known(path + ".financing", "kind of financing", name, financing_);
      uses(path, p.uses);
      if (p.latest && p.start && *p.latest < *p.start)
        problems_.error(path + ".latest", "out-of-order",
                        fmt::format("'{}.latest' ({}) is before its start ({})", path,
                                    base::to_iso_date(*p.latest), base::to_iso_date(*p.start)));
      if (p.least_power && p.facility_power && *p.facility_power < *p.least_power)
        problems_.error(path + ".least_power", "out-of-order",
                        fmt::format("'{}.least_power' is above its power", path));
    }
    cycles();
  }

  void cycles() {
    // 0 unseen, 1 on the way, 2 done.
    std::vector<int> state(t_.phases.size());
    std::vector<std::string> way;
    bool told = false;
    const std::function<void(std::size_t)> visit = [&](std::size_t i) {
      state[i] = 1;
      way.push_back(t_.phases[i].name);
      for (const auto& name : t_.phases[i].after) {
        const auto found = std::find(phases_.begin(), phases_.end(), name);
        if (found == phases_.end()) continue;
        const auto k = static_cast<std::size_t>(found - phases_.begin());
        if (state[k] == 0) visit(k);
        if (state[k] == 1 && !told) {
          told = true;
          std::string circle;
          for (auto at = std::find(way.begin(), way.end(), name); at != way.end(); ++at)
            circle += *at + " -> ";
          problems_.error(fmt::format("plan.phase[{}].requires", i), "cycle",
                          fmt::format("candidates require each other in a circle: {}{}", circle, name));
        }
      }
      way.pop_back();
      state[i] = 2;
    };
    for (std::size_t i = 0; i < t_.phases.size(); ++i)
      if (state[i] == 0) visit(i);
  }

  void supply() {
    unique(t_.supply, "plan.supply");
    for (std::size_t i = 0; i < t_.supply.size(); ++i) {
      const PlanSupply& k = t_.supply[i];
      const std::string path = fmt::format("plan.supply[{}]", i);
      if (!k.site.empty()) known(path + ".site", "site", k.site, sites_);
      uses(path, k.uses);
      if (k.kind == SupplyKind::kBattery)
        problems_.error(path + ".kind", "no-use",
                        fmt::format("'{}' is a battery: it adds no continuous power", path),
                        "put it under the site's [[site.supply]]");
      if (!k.date && !k.lead)
        problems_.error(path, "no-date",
                        fmt::format("supply '{}' has neither a date nor a lead time", k.name),
                        "give `date`, the first day with power, or `lead`, from order to power");
      assumed(k.assumed, k.reason, path);
    }
  }

  void chips() {
    for (std::size_t i = 0; i < t_.chips.size(); ++i) {
      const PlanChips& c = t_.chips[i];
      const std::string path = fmt::format("plan.chips[{}]", i);
      if (c.from && c.until && *c.until <= *c.from)
        problems_.error(path + ".until", "out-of-order",
                        fmt::format("'{}.until' ({}) is not after its first day ({})", path,
                                    base::to_iso_date(*c.until), base::to_iso_date(*c.from)));
      uses(path, c.uses);
      assumed(c.assumed, c.reason, path);
    }
  }

  void shared() {
    unique(t_.limits, "plan.limit");
    unique(t_.financing, "plan.financing");
    unique(t_.cases, "plan.case");
    for (std::size_t i = 0; i < t_.financing.size(); ++i) {
      const PlanFinancing& f = t_.financing[i];
      if (f.own_share < 1 && !(f.rate && f.term))
        problems_.error(
            fmt::format("plan.financing[{}]", i), "missing-key",
            fmt::format("'{}' leaves {:.0f}% to another owner, but not at what return and over what time",
                        f.name, 100 * (1 - f.own_share)),
            "give rate and term");
      if (f.name == "own")
        problems_.error(fmt::format("plan.financing[{}].name", i), "reserved-name", "'own' is always there");
    }
  }

  void assumed(bool flag, const std::string& reason, const std::string& path) {
    if (flag && reason.empty())
      problems_.error(path + ".assumed", "no-reason",
                      fmt::format("'{}' is assumed, but gives no reason", path),
                      "say in 'reason' why it is assumed so");
  }

  const PlanTable& t_;
  const Scenario& s_;
  Problems& problems_;
  std::vector<std::string> sites_, phases_, limits_, financing_;
};

/// Leaves out what was not known on a day, in the rows and in the file's tables alike.
template <typename Row>
void forget(std::vector<Row>& rows, config::Node& plan, std::string_view key, base::SimTime day) {
  config::Node* list = member(plan, key);
  for (std::size_t i = rows.size(); i-- > 0;) {
    if (rows[i].holds(day)) continue;
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(i));
    list->items.erase(list->items.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

/// What is left of the plan's table, and requirements of candidates that nobody thought of.
void keep_known(PlanTable& table, config::Node& plan, base::SimTime day) {
  std::set<std::string> forgotten;
  for (const PlanPhase& phase : table.phases)
    if (!phase.holds(day)) forgotten.insert(phase.name);
  forget(table.phases, plan, "phase", day);
  for (const PlanPhase& phase : table.phases) forgotten.erase(phase.name);
  for (PlanPhase& phase : table.phases)
    std::erase_if(phase.after, [&](const std::string& name) { return forgotten.contains(name); });
  forget(table.supply, plan, "supply", day);
  forget(table.chips, plan, "chips", day);
  forget(table.limits, plan, "limit", day);
  forget(table.budgets, plan, "budget", day);
}

/// The candidate as a phase of a scenario, beginning on its first possible day.
config::Node as_phase(const config::Node& candidate, const PlanPhase& phase, const PlanTable& table,
                      base::SimTime first) {
  config::Node out = candidate;
  for (const std::string_view key : kPlanPhaseKeys) drop(out, key);
  drop(out, "start");
  out.members.push_back(
      {"start",
       text_node(config::Node::Kind::kDate,
                 base::to_iso_datetime(std::max(first, phase.start.value_or(first))), candidate.span)});
  if (phase.system.empty()) {
    const std::string system = !phase.systems.empty() ? phase.systems.front()
                               : !table.chips.empty() ? table.chips.front().system
                                                      : "";
    if (!system.empty())
      out.members.push_back({"system", text_node(config::Node::Kind::kString, system, candidate.span)});
  }
  return out;
}

}  // namespace

tl::expected<PlanInput, base::Diagnostics> load_plan(std::string text, std::string name,
                                                     const catalog::Catalog& catalog,
                                                     const std::vector<std::string>& overrides,
                                                     std::optional<base::SimTime> known) {
  auto root = config::parse_toml(std::make_shared<base::SourceText>(base::SourceText{name, std::move(text)}));
  if (!root) return tl::unexpected(root.error());
  base::Diagnostics diagnostics;
  for (const auto& assignment : overrides) config::apply_override(*root, assignment, diagnostics);
  PlanInput out;
  // The file as it stands: what is wrong with it is said with its own places.
  Scenario plain;
  config::Reader(*root, diagnostics).read(plain);
  if (base::has_errors(diagnostics)) return tl::unexpected(std::move(diagnostics));
  base::Diagnostics said;  // already
  if (config::Node* table = member(*root, "plan"); table != nullptr && table->is_table()) {
    config::Reader(*table, said).read(out.table);
    keep_known(out.table, *table, known.value_or(base::SimTime::max()));
  }
  Scenario again;
  config::Reader reader(*root, said);
  reader.read(again);
  Problems problems(diagnostics, reader.spans());
  Checks(out.table, plain, problems).run();
  if (base::has_errors(diagnostics)) return tl::unexpected(std::move(diagnostics));

  config::Node candidates = *root;
  config::Node jobless = *root;
  for (const std::string_view key : {"plan", "job", "claim"}) {
    drop(candidates, key);
    drop(jobless, key);
  }
  if (config::Node* list = member(*root, "plan")) {
    const base::SimTime first = out.table.begin.value_or(plain.start);
    const config::Node* phases = list->find("phase");
    for (std::size_t i = 0; i < out.table.phases.size(); ++i) {
      const PlanPhase& phase = out.table.phases[i];
      for (std::size_t s = 0; s < plain.sites.size(); ++s) {
        if (plain.sites[s].name != phase.site) continue;
        config::Node& site = member(candidates, "site")->items[s];
        config::Node* own = member(site, "phase");
        if (own == nullptr) {
          config::Node empty;
          empty.kind = config::Node::Kind::kArray;
          empty.span = site.span;
          site.members.push_back({"phase", empty});
          own = &site.members.back().node;
        }
        out.candidates.push_back({SiteId(static_cast<std::uint32_t>(s)), own->items.size()});
        own->items.push_back(as_phase(phases->items[i], phase, out.table, first));
      }
    }
  }
  auto with = load_node(std::move(candidates), name, catalog);
  if (!with) return tl::unexpected(with.error());
  auto without = load_node(std::move(jobless), name, catalog);
  if (!without) return tl::unexpected(without.error());
  out.with_candidates = std::move(*with);
  out.without = std::move(*without);
  out.root = std::move(*root);
  return out;
}

}  // namespace gigawatt::scenario

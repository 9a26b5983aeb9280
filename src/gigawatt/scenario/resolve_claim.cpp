#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/scenario/resolver.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::scenario {

void Resolver::claim(Claim& c, const std::string& path) {
  const auto& what = info(c.quantity);
  const bool ratio = c.quantity == ClaimQuantity::kRatioTo;
  const auto need = [&](bool needed, bool has, const char* key) {
    if (needed && !has && !problems_.given(path + "." + key))
      problems_.error(path, "missing-key",
                      fmt::format("claim '{}' is about {}, which needs '{}'", c.id, what.name, key),
                      std::string(what.doc));
  };
  need(what.needs_at, c.at.has_value(), "at");
  need(what.needs_site || (ratio && info(c.of).needs_site), !c.site.empty(), "site");
  need(what.needs_job || (ratio && info(c.of).needs_job), !c.job.empty(), "job");
  need(what.needs_system, !c.system.empty(), "system");
  need(c.quantity == ClaimQuantity::kRequiredPower, c.accelerators.has_value(), "accelerators");
  need(c.quantity == ClaimQuantity::kFirstToCapacity, !c.rivals.empty(), "rivals");
  need(ratio, !c.reference.empty(), "reference");

  c.site_id = site(c.site, path + ".site");
  if (!c.system.empty()) c.system_id = system(c.system, path + ".system");
  std::vector<std::string> job_names;
  for (std::size_t i = 0; i < s_.jobs.size(); ++i) {
    job_names.push_back(s_.jobs[i].name);
    if (s_.jobs[i].name == c.job) c.job_id = JobId(static_cast<std::uint32_t>(i));
  }
  if (!c.job.empty() && !c.job_id.valid() && !(job_names.empty() && problems_.refused("job")))
    unknown(path + ".job", "job", c.job, job_names);
  for (std::size_t i = 0; i < c.rivals.size(); ++i) {
    const auto names = site_names();
    const bool own = std::find(names.begin(), names.end(), c.rivals[i]) != names.end();
    if (const auto found = catalog_.site(c.rivals[i]); !own && !found)
      not_found(fmt::format("{}.rivals[{}]", path, i), found.error());
  }
  if (!c.source_key.empty())
    if (const auto found = catalog_.source(c.source_key); !found)
      not_found(path + ".source_key", found.error());
  if (ratio && (c.of == ClaimQuantity::kRatioTo || c.of == ClaimQuantity::kFirstToCapacity))
    problems_.error(path + ".of", "wrong-quantity",
                    fmt::format("claim '{}' cannot divide {}", c.id, info(c.of).name));
  if (ratio && !c.reference.empty()) {
    const auto fact = catalog_.fact(c.reference);
    if (!fact) {
      not_found(path + ".reference", fact.error());
    } else if (!((*fact)->quantity.value.dimension == info(c.of).dimension)) {
      problems_.error(path + ".reference", "wrong-unit",
                      fmt::format("claim '{}' divides {} by '{}', which is another kind of quantity", c.id,
                                  info(c.of).name, c.reference));
    }
  }

  const auto check_unit = [&](const config::AnyQuantity& x, const char* key) {
    if (x.dimension == what.dimension || (x.si == 0 && x.dimension == units::kNone)) return;
    const auto examples = units::example_units(what.dimension);
    problems_.error(
        path + "." + key, "wrong-unit",
        fmt::format("'{}.{}' is \"{}\", but {} is {}", path, key, x.text, what.name,
                    what.unit.empty() ? "a plain number" : fmt::format("a quantity in {}", what.unit)),
        examples.empty() ? std::string(what.doc) : fmt::format("units: {}", examples));
  };
  const auto check_bounds = [&](const config::AnyQuantity& x, const char* key) {
    if (!(x.dimension == what.dimension) || (x.si >= 0 && x.si <= what.most)) return;
    problems_.error(
        path + "." + key, "out-of-range",
        fmt::format("'{}.{}' is {}, which {} cannot be", path, key, x.text, what.name),
        x.si < 0 ? "at least 0" : fmt::format("at most {}", units::format_quantity(what.most, what.unit)));
  };
  if (problems_.given(path + ".value")) {
    check_unit(c.value, "value");
    check_bounds(c.value, "value");
  }
  if (c.upper) {
    check_unit(*c.upper, "upper");
    check_bounds(*c.upper, "upper");
  }
  if (c.relation == ClaimRelation::kRange && !c.upper)
    problems_.error(path, "missing-key", fmt::format("claim '{}' is a range without 'upper'", c.id));
  if (c.relation != ClaimRelation::kRange && c.upper)
    problems_.error(path + ".upper", "needless-key",
                    fmt::format("claim '{}' has 'upper', but is no range", c.id), "relation = \"range\"");
  if (c.upper && c.upper->si < c.value.si)
    problems_.error(path + ".upper", "out-of-order", fmt::format("'{}.upper' is below 'value'", path));
  if (c.at && problems_.given("start") && problems_.given("end") && s_.start < s_.end &&
      (*c.at < s_.start || *c.at > s_.end))
    problems_.error(
        path + ".at", "outside-period",
        fmt::format("claim '{}' is about {}, outside of the simulated period ({} to {})", c.id,
                    base::to_iso_date(*c.at), base::to_iso_date(s_.start), base::to_iso_date(s_.end)));
}

void Resolver::claims() {
  std::set<std::string> ids;
  for (std::size_t i = 0; i < s_.claims.size(); ++i) {
    const std::string path = fmt::format("claim[{}]", i);
    once(ids, s_.claims[i].id, path + ".id", "two claims are named");
    claim(s_.claims[i], path);
  }
}

}  // namespace gigawatt::scenario

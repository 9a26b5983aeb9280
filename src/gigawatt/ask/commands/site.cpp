#include "gigawatt/ask/commands/site.h"

#include <memory>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/ask/table_file.h"
#include "gigawatt/engine/site_question.h"
#include "gigawatt/report/site_year.h"

namespace gigawatt::ask {
namespace {

struct SiteQuestion {
  config::NameOrText site;
  double it_w = 0, design_it_w = 0;
  std::optional<double> price_usd_per_j;
  config::InputText load, weather, prices, carbon, supply, profile;
  config::NameOrText plant;
  std::string chain;
  bool normals = false;
  std::int64_t year = 2026;
  config::OutputFile out;
};

void fields(config::FieldVisitor& v, SiteQuestion& q) {
  v(q.site, {.key = "site",
             .doc = "A site of the catalogue, or a file like those in data/sites.",
             .required = true,
             .positional = true});
  v(q.it_w,
    {.key = "it_mw", .doc = "A constant IT load.", .unit = "MW", .min = 0, .max = 1e12, .bare_unit = true});
  v(q.load, {.key = "load", .doc = "CSV of the IT load by hour (it_mw)."});
  v(q.design_it_w, {.key = "design_it_mw",
                    .doc = "What the halls are built for; default: the highest hour.",
                    .unit = "MW",
                    .min = 0,
                    .max = 1e12,
                    .bare_unit = true});
  v(q.weather,
    {.key = "weather", .doc = "EPW or CSV weather; default: the site's station, else its monthly normals."});
  v(q.normals, {.key = "normals", .doc = "Take the monthly normals even where a station is known."});
  v(q.prices, {.key = "prices", .doc = "CSV of the market's price by hour; default: the catalogue's price."});
  v(q.price_usd_per_j,
    {.key = "price", .doc = "A constant price instead.", .unit = "USD/MWh", .bare_unit = true});
  v(q.carbon,
    {.key = "carbon", .doc = "CSV of the grid's carbon intensity by hour; default: the catalogue's."});
  v(q.supply,
    {.key = "supply",
     .doc = "TOML of connection, generators, batteries, contracts, calls; default: a grid without limit."});
  v(q.profile, {.key = "profile", .doc = "CSV of a contract's output over its power by hour."});
  v(q.plant, {.key = "plant",
              .doc = "Cooling plant of data/cooling, or a file like those; default: the site's kind."});
  v(q.chain, {.key = "chain", .doc = "Conversion chain of data/power; default: ups."});
  v(q.year, {.key = "year", .doc = "Of the hours where no series has dates.", .min = 1900, .max = 2200});
  v(q.out, {.key = "out", .doc = "Write every hour as CSV, or as Parquet where the name ends in .parquet."});
}

/// Share of its energy below which a contract is said to lie idle.
constexpr double kHardlyTaken = 0.1;

engine::NamedText named(const config::InputText& x) { return {x.name, x.text}; }

Answered answer_site(const SiteQuestion& q, const Context& context) {
  engine::SiteQuestion asked;
  if (q.site.is_document())
    asked.site_file = {q.site.name, q.site.text};
  else
    asked.site = q.site.name;
  asked.it_w = q.it_w;
  asked.design_it_w = q.design_it_w;
  asked.load = named(q.load);
  asked.weather = named(q.weather);
  asked.prices = named(q.prices);
  asked.carbon = named(q.carbon);
  asked.supply = named(q.supply);
  asked.profile = named(q.profile);
  if (q.plant.is_document())
    asked.plant_file = {q.plant.name, q.plant.text};
  else
    asked.plant = q.plant.name;
  asked.chain = q.chain;
  asked.normals = q.normals;
  asked.price_usd_per_j = q.price_usd_per_j;
  asked.year = static_cast<int>(q.year);
  auto found = engine::site_question(context.knowledge.catalog, context.data, asked);
  if (!found) return tl::unexpected(found.error());
  const auto kept = std::make_shared<const engine::SiteAnswer>(std::move(*found));
  Answer out;
  out.json = report::site_year_json(*kept);
  out.text = [kept](bool colour) { return report::site_year_text(*kept, colour); };
  out.notes = kept->notes;
  if (const auto& e = kept->energy; e.unserved_hours > 0)
    out.notes.push_back(
        fmt::format("the supply leaves {:.4g} MWh unserved in {} hours, {:.4g} MW at worst: raise the grid's "
                    "limit, add a generator or a "
                    "battery, or let load give way ([[response]], [[call]])",
                    e.unserved_mwh, e.unserved_hours, e.unserved_worst_mw));
  for (const auto& y : kept->energy.sources)
    if (y.kind == "contract" && y.mwh < kHardlyTaken * y.available_mwh)
      out.notes.push_back(fmt::format(
          "contract '{}' delivers {:.4g} of {:.4g} MWh, because it is dearer than what else there is; "
          "take_or_pay = true takes and pays all that it makes",
          y.name, y.mwh, y.available_mwh));
  if (kept->called.outside > 0)
    out.notes.push_back(
        fmt::format("{} of the calls lie outside of the year from {}: nothing follows from them",
                    kept->called.outside, base::to_iso_date(kept->first)));
  if (kept->called.unreturned_wh > 0)
    out.notes.push_back(fmt::format("{:.4g} MWh that calls shift find no hour with room: the halls are full",
                                    kept->called.unreturned_wh / 1e6));
  for (const auto& y : kept->energy.sources)
    if (y.low_hours > 0)
      out.notes.push_back(
          fmt::format("generator '{}' runs below the least load of its units in {:.0f} hours, which the "
                      "dispatch does not "
                      "forbid: smaller units, or a buyer for the rest ([grid] export)",
                      y.name, y.low_hours));
  if (q.out.given()) out.files["out"] = table_file(engine::site_csv(*kept), q.out.path);
  return out;
}

}  // namespace

Command site() {
  return make_command<answer_site>(
      {.name = "site",
       .summary = "One site's year by the hour: cooling, water, supply, money, carbon",
       .weight = Weight::kLight,
       .answer = "totals, the bill, dispatch, marginal values from both sides, months, daily series",
       .constants = false});
}

}  // namespace gigawatt::ask

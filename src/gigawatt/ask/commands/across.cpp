#include "gigawatt/ask/commands/across.h"

#include <array>

#include <fmt/format.h>

#include "gigawatt/network/across_sites.h"
#include "gigawatt/report/text.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::ask {
namespace {

constexpr double kGiga = 1e9;
constexpr double kTera = 1e12;

struct Question {
  network::SplitTraining training;
  double parameters = 0;
  double bytes_per_parameter = 2;
  std::vector<double> distance_km = {1, 30, 300, 1250, 4000};
  std::vector<double> capacity_tbps = {1, 10, 100, 1000};
  double detour = 1.2;
};

void fields(config::FieldVisitor& v, Question& q) {
  auto& t = q.training;
  v(q.parameters,
    {.key = "parameters", .doc = "Of the model, all of them: 2e12.", .min = 0, .required = true});
  v(t.step_s, {.key = "step_time",
               .doc = "Of a step at one site.",
               .unit = "s",
               .required = true,
               .positive = true,
               .bare_unit = true});
  v(t.sites, {.key = "sites", .doc = "Equal sites.", .min = 1, .max = 64});
  v(q.bytes_per_parameter,
    {.key = "bytes_per_parameter", .doc = "Of a gradient as it is sent.", .min = 0, .max = 16});
  v(t.overlap,
    {.key = "overlap", .doc = "Share of a step that hides the exchange of gradients.", .min = 0, .max = 1});
  v(t.inner_steps, {.key = "inner_steps",
                    .doc = "Steps between two exchanges with low communication.",
                    .min = 1,
                    .max = 1e6});
  v(t.compression,
    {.key = "compression", .doc = "Bytes of such an exchange over the gradients'.", .min = 0, .max = 1});
  v(t.staleness_steps,
    {.key = "staleness", .doc = "Steps after which its result is used.", .min = 0, .max = 1e6});
  v(t.micro_batches, {.key = "micro_batches", .doc = "Of a step, for a pipeline over the sites.", .min = 0});
  v(t.activation_bytes, {.key = "activation_bytes",
                         .doc = "That a micro-batch sends over a border, all ranks together.",
                         .min = 0});
  v(q.distance_km, {.key = "distance_km",
                    .doc = "Between neighboring sites, one or several.",
                    .min = 0,
                    .max = 20000,
                    .one_or_list = true});
  v(q.capacity_tbps, {.key = "capacity_tbps",
                      .doc = "Tbit/s out of a site, one or several.",
                      .min = 1e-6,
                      .max = 1e9,
                      .one_or_list = true});
  v(q.detour, {.key = "detour", .doc = "Length of the fibre over the distance.", .min = 1, .max = 3});
}

struct Scheme {
  std::string_view name;
  network::SplitCost (*cost)(const network::SplitTraining&, const network::SiteLink&);
};

Answered answer(const Question& q, const Context& context) {
  const auto fibre = context.knowledge.catalog.fact("fibre-latency-of-a-thousand-km");
  if (!fibre) return tl::unexpected(base::Diagnostics{base::error("unknown-fact", fibre.error().message())});
  const double per_km = (*fibre)->quantity.value.si / 1000;
  network::SplitTraining t = q.training;
  t.gradient_bytes = q.parameters * q.bytes_per_parameter;
  std::vector<Scheme> schemes = {{"synchronous", network::synchronous},
                                 {"low-communication", network::low_communication}};
  if (t.micro_batches > 0 && t.activation_bytes > 0) schemes.push_back({"pipeline", network::pipeline_split});
  Answer out;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array(), needed = nlohmann::ordered_json::object();
  using report::Table;
  std::vector<std::vector<std::string>> lines;
  for (const auto& scheme : schemes)
    for (const double km : q.distance_km)
      for (const double tbps : q.capacity_tbps) {
        const network::SiteLink link{tbps * kTera / 8, km * q.detour * per_km};
        const auto c = scheme.cost(t, link);
        rows.push_back({{"scheme", scheme.name},
                        {"distance_km", km},
                        {"capacity_tbps", tbps},
                        {"latency_s", link.latency_s},
                        {"exchange_s", c.exchange_s},
                        {"step_time_s", c.step_s},
                        {"slowdown", c.slowdown}});
        needed[std::string(scheme.name)] = c.bandwidth_needed * 8 / kTera;
        lines.push_back({std::string(scheme.name), fmt::format("{:g}", km), fmt::format("{:g}", tbps),
                         fmt::format("{:.3g}", c.exchange_s), fmt::format("{:.4g}", c.step_s),
                         fmt::format("{:.1f}%", 100 * (c.slowdown - 1))});
      }
  out.json = {{"sites", t.sites},
              {"gradient_gb", t.gradient_bytes / kGiga},
              {"step_time_s", t.step_s},
              {"bandwidth_needed_tbps", needed},
              {"rows", rows}};
  out.text = [lines, needed](bool color) {
    Table table(
        {{"scheme", Table::Align::kLeft}, {"km"}, {"Tbit/s"}, {"exchange s"}, {"step s"}, {"slower"}});
    for (const auto& l : lines) table.row(l);
    std::string text = table.render(color) + "\n";
    for (const auto& [name, tbps] : needed.items())
      text += fmt::format("{} loses less than 1% to capacity from {} Tbit/s on\n", name,
                          units::format_number(tbps.get<double>()));
    return text;
  };
  return out;
}

}  // namespace

Command across() {
  return make_command<answer>({.name = "across",
                               .summary = "Training split over sites: step time by distance and capacity",
                               .weight = Weight::kLight,
                               .answer = "sites, gradient_gb, step_time_s, bandwidth_needed_tbps, rows"});
}

}  // namespace gigawatt::ask

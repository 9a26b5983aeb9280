#include "gigawatt/ask/commands/store.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/ask/run_texts.h"

namespace gigawatt::ask {
namespace {

constexpr std::string_view kStoreKey = "store";

struct StoreQuestion {
  std::string store;
  std::optional<std::int64_t> run;
  RunTexts texts;
};

void fields(config::FieldVisitor& v, StoreQuestion& q) {
  v(q.store,
    {.key = kStoreKey, .doc = "The file of run --out or serve --db.", .required = true, .positional = true});
  v(q.run, {.key = "run", .doc = "Tell of this run alone; name and note are its.", .min = 1, .max = 0x1p40});
  v(q.texts.name, {.key = "name", .doc = "Call the run so from now on."});
  v(q.texts.note,
    {.key = "note", .doc = "Keep this note beside the run in place of what is there; empty: none."});
}

struct StoredRow {
  results::RunRow run;
  std::string name, note;
};

nlohmann::ordered_json stored_run_json(const StoredRow& row) {
  nlohmann::ordered_json out = {{"id", row.run.id},
                                {"scenario", row.run.scenario},
                                {"title", row.run.title},
                                {"name", nullptr},
                                {"note", nullptr},
                                {"hash", row.run.hash},
                                {"seed", std::to_string(row.run.seed)},
                                {"futures", row.run.futures},
                                {"status", row.run.status},
                                {"start", base::to_iso_date(row.run.start)},
                                {"end", base::to_iso_date(row.run.end)},
                                {"created", row.run.created}};
  if (!row.name.empty()) out["name"] = row.name;
  if (!row.note.empty()) out["note"] = row.note;
  if (!row.run.error.empty()) out["error"] = row.run.error;
  return out;
}

std::string stored_runs_text(const std::vector<StoredRow>& rows) {
  if (rows.empty()) return "no runs\n";
  std::string out;
  for (const StoredRow& row : rows) {
    out += fmt::format("{:>4}  {:<20}  {:<11}  {}{}\n", row.run.id, row.run.created, row.run.status,
                       row.name.empty() ? row.run.scenario : row.name,
                       row.name.empty() ? "" : fmt::format(" ({})", row.run.scenario));
    for (std::size_t begin = 0; begin < row.note.size();) {
      const std::size_t end = std::min(row.note.find('\n', begin), row.note.size());
      out += fmt::format("      {}\n", row.note.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return out;
}

base::Diagnostics store_refusals(const StoreQuestion& q) {
  auto out = wrong_texts(q.texts);
  if (q.texts.any() && !q.run)
    out.push_back(base::error(kUsage, "'name' and 'note' are of one run", "run: its number in the store"));
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(q.store, ignored))
    out.push_back(base::error("cannot-read", fmt::format("{}: there is no such file", q.store),
                              "gigawatt run SCENARIO.toml --out FILE.db makes one"));
  return out;
}

Answered answer_store(const StoreQuestion& q, const Context&) {
  if (auto wrong = store_refusals(q); !wrong.empty()) return tl::unexpected(std::move(wrong));
  const auto store = results::open_store(q.store);
  auto runs = store->runs();
  if (q.run) {
    const auto all = runs.size();
    std::erase_if(runs, [&](const results::RunRow& run) { return run.id != *q.run; });
    if (runs.empty())
      return tl::unexpected(
          base::Diagnostics{base::error("unknown-run", fmt::format("{} has no run {}", q.store, *q.run),
                                        all == 0 ? "it has none" : fmt::format("it has {}", all))});
    if (q.texts.any()) store->replace(*q.run, attachments(q.texts));
  }
  std::vector<StoredRow> rows;
  for (auto& run : runs) {
    StoredRow row{std::move(run), {}, {}};
    row.name = store->attachment(row.run.id, results::Attachment::kName).value_or("");
    row.note = store->attachment(row.run.id, results::Attachment::kNote).value_or("");
    rows.push_back(std::move(row));
  }
  Answer out;
  out.json["runs"] = nlohmann::ordered_json::array();
  for (const StoredRow& row : rows) out.json["runs"].push_back(stored_run_json(row));
  out.text = [rows = std::move(rows)](bool) { return stored_runs_text(rows); };
  return out;
}

}  // namespace

Command store() {
  return make_command<answer_store>(
      {.name = kStoreKey,
       .summary = "The runs of a store, what they are called and what is noted of them",
       .weight = Weight::kLight,
       .answer = "runs: id, scenario, title, name, note, hash, seed, futures, status, "
                 "start, end, created, error",
       .names_files = true});
}

}  // namespace gigawatt::ask

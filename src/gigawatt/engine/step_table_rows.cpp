#include "gigawatt/engine/step_table_rows.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/empty_visitor.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::engine {
namespace {

using config::Field;
using results::Column;
using results::Columns;

/// Keys by how much of a step depends on them (step/step_batch.h): what comes first changes most.
constexpr std::string_view kOrder[] = {"model",
                                       "system",
                                       "software",
                                       "kind",
                                       "gpus",
                                       "seq",
                                       "precision",
                                       "no_flash",
                                       "tp",
                                       "cp",
                                       "ep",
                                       "etp",
                                       "no_sequence_parallel",
                                       "micro_batch",
                                       "cuda_graph",
                                       "recompute",
                                       "schedule",
                                       "pp",
                                       "vpp",
                                       "first_layers",
                                       "last_layers",
                                       "layout",
                                       "global_batch"};

std::size_t place(const std::string& key) {
  return static_cast<std::size_t>(std::find(std::begin(kOrder), std::end(kOrder), key) - std::begin(kOrder));
}

/// A whole number in a cell of a checked column.
std::int64_t whole(const Column& c, std::size_t at) {
  return c.kind == Column::Kind::kNumber ? static_cast<std::int64_t>(c.numbers[at]) : c.integers[at];
}

class Checks final : public config::EmptyVisitor {
 public:
  Checks(const Columns& table, base::Diagnostics& problems) : table_(table), problems_(problems) {}

  void text(std::string&, const Field& f) override { words(f); }
  void name_or_text(config::NameOrText&, const Field& f) override { words(f); }
  void boolean(bool&, const Field& f) override {
    const Column* c = take(f);
    if (c == nullptr) return;
    if (c->kind != Column::Kind::kBoolean && c->kind != Column::Kind::kInteger)
      return wrong_kind(*c, "true or false");
    each(*c, [&](std::size_t at) { return c->integers[at] == 0 || c->integers[at] == 1; }, "true or false");
  }
  void integer(std::int64_t&, const Field& f) override {
    const Column* c = take(f);
    if (c == nullptr) return;
    if (c->kind != Column::Kind::kInteger && c->kind != Column::Kind::kNumber)
      return wrong_kind(*c, "whole numbers");
    each(
        *c,
        [&](std::size_t at) {
          const double x =
              c->kind == Column::Kind::kNumber ? c->numbers[at] : static_cast<double>(c->integers[at]);
          return std::nearbyint(x) == x && x >= f.min && x <= f.max;
        },
        fmt::format("a whole number from {:.0f} to {:.0f}", f.min, f.max));
  }

  void finish() {
    for (const auto& c : table_.columns)
      if (std::find(known_.begin(), known_.end(), c.name) == known_.end())
        problems_.push_back(base::error("unknown-key",
                                        fmt::format("unknown column '{}'", c.name.substr(0, 60)),
                                        base::did_you_mean(c.name, known_)));
    for (std::size_t i = 0; i < table_.columns.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (table_.columns[i].name == table_.columns[j].name)
          problems_.push_back(
              base::error("given-twice", fmt::format("column '{}' is there twice", table_.columns[i].name)));
  }

 private:
  const Column* take(const Field& f) {
    known_.emplace_back(f.key);
    const Column* c = table_.find(f.key);
    if (c == nullptr) {
      if (f.required)
        problems_.push_back(
            base::error("missing-key", fmt::format("column '{}' is missing", f.key), std::string(f.doc)));
      return nullptr;
    }
    if (!c->constant && c->size() != table_.rows) {
      problems_.push_back(base::error("wrong-shape", fmt::format("column '{}' has {} rows, the table {}",
                                                                 c->name, c->size(), table_.rows)));
      return nullptr;
    }
    if (f.required) {
      const auto hole = std::find(c->missing.begin(), c->missing.end(), 1);
      if (hole != c->missing.end())
        problems_.push_back(
            base::error("missing-key",
                        fmt::format("column '{}' has no value in row {}", c->name, hole - c->missing.begin()),
                        std::string(f.doc)));
    }
    const bool empty =
        c->size() == 0 ||
        (!c->missing.empty() && std::find(c->missing.begin(), c->missing.end(), 0) == c->missing.end());
    return empty ? nullptr : c;
  }

  void words(const Field& f) {
    const Column* c = take(f);
    if (c != nullptr && c->kind != Column::Kind::kText) wrong_kind(*c, "texts");
  }

  void wrong_kind(const Column& c, std::string_view wanted) {
    constexpr std::string_view kKinds[] = {"whole numbers", "numbers", "booleans", "texts"};
    problems_.push_back(
        base::error("wrong-kind", fmt::format("column '{}' holds {}, but {} are wanted", c.name,
                                              kKinds[static_cast<std::size_t>(c.kind)], wanted)));
  }

  /// Names the first bad cell and their number.
  template <typename Good>
  void each(const Column& c, Good good, const std::string& wanted) {
    std::size_t bad = 0, first = 0;
    for (std::size_t at = 0; at < c.size(); ++at) {
      if (c.is_missing(at) || good(at)) continue;
      if (bad++ == 0) first = at;
    }
    if (bad == 0) return;
    const std::string shown = c.kind == Column::Kind::kNumber ? fmt::format("{:.10g}", c.numbers[first])
                                                              : fmt::format("{}", c.integers[first]);
    problems_.push_back(base::error("out-of-range",
                                    fmt::format("column '{}' is {} in row {}{}", c.name, shown, first,
                                                bad > 1 ? fmt::format(" (and {} more)", bad - 1) : ""),
                                    "wanted: " + wanted));
  }

  const Columns& table_;
  base::Diagnostics& problems_;
  std::vector<std::string> known_;
};

class Slots final : public config::EmptyVisitor {
 public:
  Slots(const Columns& table, std::vector<RowReader::Slot>& out) : table_(table), out_(out) {}

  void text(std::string& x, const Field& f) override {
    if (auto* s = add(f)) {
      s->text = &x;
      s->initial_text = x;
    }
  }
  void name_or_text(config::NameOrText& x, const Field& f) override {
    if (auto* s = add(f)) s->entry = &x;
  }
  void boolean(bool& x, const Field& f) override {
    if (auto* s = add(f)) {
      s->boolean = &x;
      s->initial = x ? 1 : 0;
    }
  }
  void integer(std::int64_t& x, const Field& f) override {
    if (auto* s = add(f)) {
      s->integer = &x;
      s->initial = x;
    }
  }

 private:
  RowReader::Slot* add(const Field& f) {
    const Column* column = table_.find(f.key);
    if (column == nullptr) return nullptr;
    RowReader::Slot slot;
    slot.column = column;
    slot.key = f.key;
    out_.push_back(std::move(slot));
    return &out_.back();
  }

  const Columns& table_;
  std::vector<RowReader::Slot>& out_;
};

/// As the reader of questions does: names have no braces, brackets or line breaks.
void set_entry(config::NameOrText& entry, const std::string& value, const std::string& key) {
  const bool document = value.find_first_of("{[\n") != std::string::npos;
  entry.text = document ? value : "";
  entry.name = document ? key : value;
}

void set_words(RowReader::Slot& slot, std::size_t row) {
  const Column& c = *slot.column;
  const std::int32_t word = c.is_missing(row) ? -1 : c.words[c.at(row)];
  if (word == slot.shown) return;
  slot.shown = word;
  const std::string& value = word < 0 ? slot.initial_text : c.dictionary[static_cast<std::size_t>(word)];
  if (slot.text != nullptr)
    *slot.text = value;
  else
    set_entry(*slot.entry, value, slot.key);
}

/// The values of a column as ranks, in the fewest bits; equal values have equal ranks.
struct Ranks {
  std::vector<std::uint32_t> of_row;
  unsigned bits = 0;
};

Ranks ranks_of(const Column& c, std::size_t rows) {
  Ranks out;
  out.of_row.resize(rows);
  std::unordered_map<std::int64_t, std::uint32_t> known;
  std::int64_t last = 0;
  std::uint32_t last_rank = 0;
  bool any = false;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::int64_t value = c.is_missing(row)               ? std::numeric_limits<std::int64_t>::min()
                               : c.kind == Column::Kind::kText ? c.words[row]
                                                               : whole(c, row);
    if (!any || value != last) {
      last_rank = known.try_emplace(value, static_cast<std::uint32_t>(known.size())).first->second;
      last = value;
      any = true;
    }
    out.of_row[row] = last_rank;
  }
  out.bits = static_cast<unsigned>(std::bit_width(known.size() - 1));
  return out;
}

constexpr unsigned kKeyWords = 4;

struct RowKey {
  std::array<std::uint64_t, kKeyWords> words{};
  std::uint32_t row = 0;
};

}  // namespace

base::Diagnostics check_columns(const Columns& table) {
  base::Diagnostics problems;
  Checks checks(table, problems);
  StepQuery query;
  fields(checks, query);
  checks.finish();
  return problems;
}

RowReader::RowReader(const Columns& table) {
  Slots slots(table, slots_);
  fields(slots, query_);
}

const StepQuery& RowReader::read(std::size_t row) {
  for (Slot& slot : slots_) {
    const Column& c = *slot.column;
    if (slot.integer != nullptr)
      *slot.integer = c.is_missing(row) ? slot.initial : whole(c, c.at(row));
    else if (slot.boolean != nullptr)
      *slot.boolean = (c.is_missing(row) ? slot.initial : c.integers[c.at(row)]) != 0;
    else
      set_words(slot, row);
  }
  return query_;
}

RowOrder order_rows(const Columns& table) {
  std::vector<const Column*> columns;
  for (const auto& c : table.columns)
    if (!c.constant && c.size() == table.rows) columns.push_back(&c);
  std::stable_sort(columns.begin(), columns.end(),
                   [](const Column* a, const Column* b) { return place(a->name) < place(b->name); });
  std::vector<RowKey> keys(table.rows);
  for (std::size_t row = 0; row < table.rows; ++row) keys[row].row = static_cast<std::uint32_t>(row);
  unsigned word = 0, left = 64;
  bool all = true;  // the columns fit into the key: equal keys are equal rows
  for (const Column* c : columns) {
    const Ranks ranks = ranks_of(*c, table.rows);
    if (ranks.bits == 0) continue;
    if (ranks.bits > left) {
      if (++word == kKeyWords) {
        all = false;
        break;
      }
      left = 64;
    }
    left -= ranks.bits;
    for (std::size_t row = 0; row < table.rows; ++row)
      keys[row].words[word] |= std::uint64_t{ranks.of_row[row]} << left;
  }
  std::sort(keys.begin(), keys.end(), [](const RowKey& a, const RowKey& b) {
    return a.words != b.words ? a.words < b.words : a.row < b.row;
  });
  RowOrder out;
  out.number.resize(table.rows);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i == 0 || !all || keys[i].words != keys[i - 1].words) out.first.push_back(keys[i].row);
    out.number[keys[i].row] = static_cast<std::uint32_t>(out.first.size() - 1);
  }
  return out;
}

}  // namespace gigawatt::engine

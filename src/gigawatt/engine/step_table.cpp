#include "gigawatt/engine/step_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <tuple>

#include <fmt/format.h>

#include "gigawatt/base/parallel.h"
#include "gigawatt/engine/step_table_rows.h"
#include "gigawatt/step/step_batch.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::engine {
namespace {

using results::Column;
using results::Columns;

constexpr std::size_t kMostRows = std::size_t{1} << 31;
/// Questions of a piece of work; always the same, so that only speed depends on the threads.
constexpr std::size_t kPiece = 2048;
using units::kGiga;

/// The subjects of a table, by what their rows name; each resolved once.
class Subjects {
 public:
  explicit Subjects(const Knowledge& knowledge) : knowledge_(knowledge) {}

  const StepSubject* find(const StepQuery& q) {
    const auto name = [](const config::NameOrText& x) -> const std::string& {
      return x.is_document() ? x.text : x.name;
    };
    auto [found, is_new] = known_.try_emplace(std::tuple(name(q.model), name(q.system), q.software), nullptr);
    if (is_new) {
      auto subject = subject_of(knowledge_, q);
      if (subject)
        found->second = std::make_unique<StepSubject>(std::move(*subject));
      else
        problems_.insert(problems_.end(), subject.error().begin(), subject.error().end());
    }
    return found->second.get();
  }
  const base::Diagnostics& problems() const { return problems_; }

 private:
  const Knowledge& knowledge_;
  std::map<std::tuple<std::string, std::string, std::string>, std::unique_ptr<StepSubject>> known_;
  base::Diagnostics problems_;
};

/// Answers by distinct question, one array a column.
class Answers {
 public:
  Answers(std::size_t questions, const StepTableOptions& options) : reasons_(questions), fits_(questions) {
    for (const char* name :
         {"step_time_s", "low_s", "high_s", "tokens_per_s_per_gpu", "mfu", "hfu", "memory_gb"})
      add(name, questions);
    if (options.times)
      for (const auto name : step::kTimeTermNames) add(fmt::format("time.{}", name), questions);
    if (options.memory)
      for (const auto name : step::kMemoryPartNames) add(fmt::format("memory.{}", name), questions);
    times_ = options.times;
    memory_ = options.memory;
  }

  void keep(std::size_t i, const step::StepResult& r) {
    const double values[] = {
        r.step_time_s, r.low_s, r.high_s, r.tokens_per_s_per_gpu, r.mfu, r.hfu, r.memory.peak_bytes / kGiga};
    std::size_t column = 0;
    for (const double value : values) numbers_[column++].second[i] = value;
    if (times_)
      for (const double s : r.time.seconds) numbers_[column++].second[i] = s;
    if (memory_)
      for (const double bytes : r.memory.bytes) numbers_[column++].second[i] = bytes / kGiga;
    fits_[i] = r.memory.fits ? 1 : 0;
  }
  void refuse(std::size_t i, std::string reason) { reasons_[i] = std::move(reason); }

  /// By the rows of the table.
  Columns spread(const RowOrder& order) {
    Columns out;
    out.rows = order.number.size();
    const auto count = numbers_.size();
    out.columns.resize(count + 2);
    base::parallel_for(count + 1, [&](std::size_t c) {
      Column& column = out.columns[c];
      if (c == count) return spread_fits(column, order);
      column.name = numbers_[c].first;
      column.numbers.resize(out.rows);
      for (std::size_t row = 0; row < out.rows; ++row)
        column.numbers[row] = numbers_[c].second[order.number[row]];
      mark(column, order);
    });
    spread_reasons(out.columns.back(), order);
    return out;
  }

 private:
  void add(std::string name, std::size_t questions) {
    numbers_.emplace_back(std::move(name),
                          std::vector<double>(questions, std::numeric_limits<double>::quiet_NaN()));
  }
  bool any_refused() const {
    return std::any_of(reasons_.begin(), reasons_.end(), [](const auto& r) { return !r.empty(); });
  }
  void mark(Column& column, const RowOrder& order) const {
    if (!any_refused()) return;
    column.missing.resize(order.number.size());
    for (std::size_t row = 0; row < order.number.size(); ++row)
      column.missing[row] = reasons_[order.number[row]].empty() ? 0 : 1;
  }
  void spread_fits(Column& column, const RowOrder& order) const {
    column.name = "fits";
    column.kind = Column::Kind::kBoolean;
    column.integers.resize(order.number.size());
    for (std::size_t row = 0; row < order.number.size(); ++row)
      column.integers[row] = fits_[order.number[row]];
    mark(column, order);
  }
  void spread_reasons(Column& column, const RowOrder& order) const {
    column.name = "reason";
    column.kind = Column::Kind::kText;
    column.dictionary = {""};
    std::vector<std::int32_t> words(reasons_.size(), 0);
    std::map<std::string_view, std::int32_t> known;
    for (std::size_t i = 0; i < reasons_.size(); ++i) {
      if (reasons_[i].empty()) continue;
      const auto [found, is_new] =
          known.try_emplace(reasons_[i], static_cast<std::int32_t>(column.dictionary.size()));
      if (is_new) column.dictionary.push_back(reasons_[i]);
      words[i] = found->second;
    }
    column.words.resize(order.number.size());
    column.missing.resize(order.number.size());
    for (std::size_t row = 0; row < order.number.size(); ++row) {
      column.words[row] = words[order.number[row]];
      column.missing[row] = column.words[row] == 0 ? 1 : 0;
    }
  }

  std::vector<std::pair<std::string, std::vector<double>>> numbers_;
  std::vector<std::string> reasons_;
  std::vector<std::uint8_t> fits_;
  bool times_ = false, memory_ = false;
};

std::string first_of(const base::Diagnostics& problems) {
  return problems.empty() ? "the question means nothing" : problems.front().message;
}

std::string reason_of(const step::PlanError& error) {
  return error.hint.empty() ? error.message : error.message + "; nearest: " + error.hint;
}

}  // namespace

tl::expected<Columns, base::Diagnostics> step_table(const Knowledge& knowledge, const Columns& table,
                                                    const StepTableOptions& options) {
  if (table.rows >= kMostRows)
    return tl::unexpected(base::Diagnostics{
        base::error("too-large", fmt::format("a table of {} rows", table.rows), "ask in several tables")});
  if (auto problems = check_columns(table); !problems.empty()) return tl::unexpected(std::move(problems));
  const RowOrder order = order_rows(table);
  const std::size_t questions = order.first.size();

  // Models and systems are resolved before the work is dealt: rows that name the same share what they name.
  Subjects subjects(knowledge);
  std::vector<const StepSubject*> subject(questions);
  {
    RowReader reader(table);
    const StepQuery* last = nullptr;
    std::string model, system, software;
    for (std::size_t i = 0; i < questions; ++i) {
      const StepQuery& q = reader.read(order.first[i]);
      const auto name = [](const config::NameOrText& x) { return x.is_document() ? x.text : x.name; };
      if (last != nullptr && model == name(q.model) && system == name(q.system) && software == q.software) {
        subject[i] = subject[i - 1];
        continue;
      }
      subject[i] = subjects.find(q);
      last = &q;
      model = name(q.model);
      system = name(q.system);
      software = q.software;
    }
  }
  if (!subjects.problems().empty()) return tl::unexpected(subjects.problems());

  Answers answers(questions, options);
  base::parallel_for((questions + kPiece - 1) / kPiece, [&](std::size_t piece) {
    RowReader reader(table);
    step::StepBatch batch(knowledge.calibration);
    const std::size_t end = std::min(questions, (piece + 1) * kPiece);
    for (std::size_t i = piece * kPiece; i < end && !options.stop.stop_requested(); ++i) {
      const auto request = step_request(reader.read(order.first[i]), *subject[i]);
      if (!request) {
        answers.refuse(i, first_of(request.error()));
        continue;
      }
      if (const auto result = batch.evaluate(*request))
        answers.keep(i, *result);
      else
        answers.refuse(i, reason_of(result.error()));
    }
  });
  return answers.spread(order);
}

}  // namespace gigawatt::engine

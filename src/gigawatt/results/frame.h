#pragma once
/// Every figure of a run in one list of records, from which the store, the JSON forms, the tables, the page, the
/// claims and the reference values are written.
///
/// A record is one metric (one value) or one series (one value per month) of one subject. Values are held in the unit
/// in which the simulation counts (W, J, kg, USD, microseconds of dates), and the record says by what they are divided
/// to get the declared unit. A frame is filled once per simulated future, by the tables of pickers of whoever knows
/// the simulation; frames of one scenario have the same records, so that a future is a plain list of numbers.
///
/// Three kinds of value of a record:
///   - nominal: the run with every lead time at its median ("the run without delays"),
///   - p10, median and p90: quantiles over the simulated futures, each figure by itself, with linear interpolation
///     between order statistics (type 7 of Hyndman and Fan 1996),
///   - none: NaN, which every face writes as null. A figure that a future does not have (the goodput of a job that
///     never began) is NaN and left out of the quantiles; a date that it does not reach is infinite and counts.
/// An interval is p10 to p90 of the futures, or the band that the physics state for a figure (step times); a figure
/// of a single run has none.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/results/registry.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {

enum class SubjectKind : std::uint8_t { kRun, kFleet, kSite, kJob };
std::string_view to_string(SubjectKind kind);

/// How a value is written for people, and whether JSON writes it as an integer.
enum class Form : std::uint8_t {
  kNumber,  ///< by its unit
  kCount,   ///< a whole number
  kDate,    ///< microseconds since 1970, infinite: never
  kShare,   ///< of one, as percent
  kRatio,   ///< with two decimals
};

/// What the tables of pickers say of a figure beside its name and how it is picked.
struct Look {
  double scale = 1;  ///< divides the simulation's unit to get the declared one
  Form form = Form::kNumber;
  bool omitted_if_none = false;  ///< JSON leaves the key out, instead of null
  bool in_json = true;           ///< a key of its own in the JSON forms, not only in the store
  std::string_view column = {};  ///< title of its column in the terminal's table; "": it has none
  int place = 0;                 ///< columns stand in the order of their places
};

enum class Statistic : std::uint8_t { kNominal, kLow, kMedian, kHigh };

struct Record {
  std::variant<Metric, Series> what;
  std::uint32_t subject = 0;  ///< index into Frame::subjects
  std::string label;          ///< category or generation of a series; "": none
  Look look;
  std::size_t first = 0;                            ///< of its values
  std::size_t count = 1;                            ///< 1 for a metric, the months for a series
  std::optional<std::pair<double, double>> stated;  ///< band that the physics give

  bool is(Metric metric) const { return what == std::variant<Metric, Series>(metric); }
  bool is(Series series) const { return what == std::variant<Metric, Series>(series); }
  const Declaration& declaration() const;
};

/// An account of a ledger: of the nominal run alone, so that the accounts of a subject add up.
struct Account {
  Ledger ledger;
  std::uint32_t subject = 0;
  std::string label;
  double value = 0;  ///< in the declared unit
};

class Frame {
 public:
  struct Named {
    SubjectKind kind;
    std::string name;
    std::size_t begin = 0, end = 0;  ///< its records
  };

  explicit Frame(std::vector<base::SimTime> months = {}) : months_(std::move(months)) {}

  // Filling: records belong to the subject begun last.
  void begin(SubjectKind kind, std::string name);
  void metric(Metric metric, double value, const Look& look,
              std::optional<std::pair<double, double>> stated = std::nullopt);
  void series(Series series, std::string_view label, std::span<const double> values, const Look& look);
  void account(Ledger ledger, std::string_view label, double value);
  /// Quantiles over futures: the values of frames with the same records. Fewer than two samples leave none.
  void summarize(std::span<const std::vector<double>> futures);

  // Reading.
  const std::vector<base::SimTime>& months() const { return months_; }
  const std::vector<Named>& subjects() const { return subjects_; }
  const std::vector<Record>& records() const { return records_; }
  const std::vector<Account>& accounts() const { return accounts_; }
  std::span<const Record> of(const Named& subject) const;
  std::size_t futures() const { return futures_; }
  /// The values of all records, one after the other, as a sample of a future.
  const std::vector<double>& values() const { return values_; }

  /// The n-th subject of a kind (n from 0), which must be there.
  const Named& subject(SubjectKind kind, std::size_t n = 0) const;
  const Record* find(const Named& subject, Metric metric) const;
  const Record* find(const Named& subject, Series series, std::string_view label = {}) const;

  /// In the simulation's unit; NaN where there is none. Without futures the median is the nominal value.
  double raw(const Record& record, Statistic statistic, std::size_t month = 0) const;
  /// In the declared unit; of a date, seconds since 1970.
  double value(const Record& record, Statistic statistic, std::size_t month = 0) const;
  /// What a store keeps: the median with its interval, and the nominal value.
  Interval interval(const Record& record, std::size_t month = 0) const;

 private:
  Record& add(std::variant<Metric, Series> what, std::string_view label, const Look& look);

  std::vector<base::SimTime> months_;
  std::vector<Named> subjects_;
  std::vector<Record> records_;
  std::vector<Account> accounts_;
  std::vector<double> values_;               // nominal
  std::vector<double> low_, median_, high_;  // empty without futures
  std::size_t futures_ = 0;
};

}  // namespace gigawatt::results

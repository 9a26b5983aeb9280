#include "gigawatt/finance/money.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::finance {
namespace {

double overlap_s(base::SimTime a0, base::SimTime a1, base::SimTime b0, base::SimTime b1) {
  const base::SimTime from = std::max(a0, b0);
  const base::SimTime to = std::min(a1, b1);
  return to > from ? (to - from).to_seconds() : 0;
}

}  // namespace

Months Months::covering(base::SimTime start, base::SimTime end) {
  GW_CHECK(end > start, "a run from {} to {}", base::to_iso_date(start), base::to_iso_date(end));
  Months months{{start}, end};
  for (base::SimTime t = base::next_month(start); t < end; t = base::next_month(t))
    months.starts.push_back(t);
  return months;
}

std::size_t Months::index(base::SimTime t) const {
  GW_CHECK(t >= starts.front() && t < end, "{} is outside of the run", base::to_iso_date(t));
  return static_cast<std::size_t>(std::upper_bound(starts.begin(), starts.end(), t) - starts.begin()) - 1;
}

MoneyBook::MoneyBook(Months months, std::size_t sites)
    : months_(std::move(months)),
      site_capex_(sites, std::vector<double>(months_.count())),
      site_opex_(sites, std::vector<double>(months_.count())) {
  capex_.fill(std::vector<double>(months_.count()));
  opex_.fill(std::vector<double>(months_.count()));
}

double MoneyBook::spread(std::vector<double>& a, std::vector<double>& b, double usd, base::SimTime from,
                         base::SimTime to) const {
  GW_CHECK(std::isfinite(usd), "an amount of {} USD", usd);
  if (to <= from) {
    if (from < months_.starts.front() || from >= months_.end) return 0;
    const std::size_t m = months_.index(from);
    a[m] += usd;
    b[m] += usd;
    return usd;
  }
  const double span_s = (to - from).to_seconds();
  double within = 0;
  for (std::size_t m = 0; m < months_.count(); ++m) {
    const double part = usd * (overlap_s(from, to, months_.starts[m], months_.end_of(m)) / span_s);
    a[m] += part;
    b[m] += part;
    within += part;
  }
  return within;
}

double MoneyBook::capex(std::size_t site, Capex category, double usd, base::SimTime from, base::SimTime to) {
  return spread(capex_[static_cast<std::size_t>(category)], site_capex_[site], usd, from, to);
}

void MoneyBook::opex(std::size_t site, Opex category, double usd, base::SimTime from, base::SimTime to) {
  spread(opex_[static_cast<std::size_t>(category)], site_opex_[site], usd, from, to);
}

std::vector<double> own_capex(const MoneyBook& book, std::span<const double> partners) {
  std::vector<double> out(book.months().count());
  for (std::size_t c = 0; c < kCapexNames.size(); ++c)
    for (std::size_t m = 0; m < out.size(); ++m) out[m] += book.capex_by_category(static_cast<Capex>(c))[m];
  for (std::size_t m = 0; m < std::min(out.size(), partners.size()); ++m) out[m] -= partners[m];
  return out;
}

Depreciation depreciate(std::span<const Asset> assets, const Months& months) {
  Depreciation result{std::vector<double>(months.count()), std::vector<double>(months.count())};
  for (const Asset& asset : assets) {
    GW_CHECK(asset.life_s > 0, "an asset life of {} s", asset.life_s);
    const base::SimTime worn = asset.in_service + base::Duration::seconds(asset.life_s);
    for (std::size_t m = 0; m < months.count(); ++m) {
      const base::SimTime end = months.end_of(m);
      if (end <= asset.in_service) continue;
      result.charge_usd[m] +=
          asset.usd * (overlap_s(asset.in_service, worn, months.starts[m], end) / asset.life_s);
      result.book_value_usd_end[m] +=
          asset.usd * (1 - overlap_s(asset.in_service, worn, asset.in_service, end) / asset.life_s);
    }
  }
  return result;
}

double capital_recovery(double rate, double years) {
  GW_CHECK(years > 0 && rate > -1, "repayment over {} years at {}", years, rate);
  if (rate == 0) return 1 / years;
  return rate / -std::expm1(-years * std::log1p(rate));
}

double accelerator_price_usd(const catalog::Accelerator& accelerator, base::SimTime date) {
  double usd = accelerator.price.empty() ? 0 : accelerator.price.front().usd.value;
  for (const auto& point : accelerator.price) {
    const auto from = base::parse_time(point.date);
    GW_CHECK(from.has_value(), "price date '{}' of {}", point.date, accelerator.name);
    if (*from <= date) usd = point.usd.value;
  }
  return usd;
}

}  // namespace gigawatt::finance

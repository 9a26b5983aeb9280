#include "gigawatt/config/leaves.h"

#include <array>

#include <fmt/format.h>

#include "gigawatt/base/check.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::config {
namespace {

std::string canonical_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

bool bare(std::string_view key) {
  if (key.empty()) return false;
  for (const char c : key)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
      return false;
  return true;
}

std::string shortest(double x) { return fmt::format("{}", x == 0 ? 0.0 : x); }

std::string canonical_number(double si, const units::Dimension& dimension) {
  return dimension == units::kNone ? shortest(si) : canonical_string(shortest(si) + " " + si_unit(dimension));
}

std::string inline_table(const std::map<std::string, std::string>& members) {
  std::string out;
  for (const auto& [key, value] : members)
    out +=
        fmt::format("{}{} = {}", out.empty() ? "{ " : ", ", bare(key) ? key : canonical_string(key), value);
  return out.empty() ? "{}" : out + " }";
}

}  // namespace

std::string si_unit(const units::Dimension& d) {
  const std::array<std::pair<std::string_view, int>, 8> parts = {{{"B", d.data},
                                                                  {"FLOP", d.compute},
                                                                  {"J", d.energy},
                                                                  {"USD", d.money},
                                                                  {"kg", d.mass},
                                                                  {"K", d.temperature},
                                                                  {"m3", d.volume},
                                                                  {"s", d.time}}};
  std::string out;
  for (const auto& [name, exponent] : parts)
    for (int i = 0; i < exponent; ++i) out += (out.empty() ? "" : "*") + std::string(name);
  std::string below;
  for (const auto& [name, exponent] : parts)
    for (int i = 0; i < -exponent; ++i) below += "/" + std::string(name);
  return out.empty() && !below.empty() ? "1" + below : out + below;
}

LeafWriter::LeafWriter() { frames_.emplace_back(); }

std::string LeafWriter::path_of(const Field& f) const {
  const Frame& top = frames_.back();
  if (top.list) return fmt::format("{}[{}]", top.path, top.index);
  return top.path.empty() ? std::string(f.key) : fmt::format("{}.{}", top.path, f.key);
}

void LeafWriter::put(const Field& f, std::string canonical) {
  Frame& top = frames_.back();
  if (top.list) {
    top.items.push_back(std::move(canonical));
  } else {
    GW_CHECK(top.members.emplace(std::string(f.key), std::move(canonical)).second,
             "key '{}' is declared twice", f.key);
  }
}

void LeafWriter::leaf(const Field& f, Leaf leaf, std::string canonical) {
  leaf.path = path_of(f);
  leaves_.push_back(std::move(leaf));
  put(f, std::move(canonical));
}

void LeafWriter::text(std::string& x, const Field& f) {
  if (x.empty() && !frames_.back().list) return;
  leaf(f, {{}, x, "", false, 0}, canonical_string(x));
}

void LeafWriter::boolean(bool& x, const Field& f) {
  leaf(f, {{}, x ? "true" : "false", "", false, 0}, x ? "true" : "false");
}

void LeafWriter::integer(std::int64_t& x, const Field& f) {
  leaf(f, {{}, fmt::format("{}", x), "", true, static_cast<double>(x)}, fmt::format("{}", x));
}

void LeafWriter::number(double& x, const Field& f) {
  const auto unit = units::parse_unit(f.unit);
  GW_CHECK(unit, "field '{}' has the unknown unit '{}'", f.key, f.unit);
  leaf(f, {{}, fmt::format("{:.12g}", x / unit->factor), std::string(f.unit), true, x},
       canonical_number(x, unit->dimension));
}

void LeafWriter::time(base::SimTime& x, const Field& f) {
  leaf(f, {{}, base::to_iso_date(x), "", false, 0}, canonical_string(base::to_iso_datetime(x)));
}

void LeafWriter::choose(std::size_t& x, std::span<const std::string_view> names, const Field& f) {
  GW_CHECK(x < names.size(), "choice {} of '{}'", x, f.key);
  leaf(f, {{}, std::string(names[x]), "", false, 0}, canonical_string(names[x]));
}

void LeafWriter::any_quantity(AnyQuantity& x, const Field& f) {
  leaf(f, {{}, shortest(x.si), si_unit(x.dimension), true, x.si}, canonical_number(x.si, x.dimension));
}

void LeafWriter::integer_or_word(std::optional<std::int64_t>& x, std::string_view word, const Field& f) {
  if (x) return integer(*x, f);
  leaf(f, {{}, std::string(word), "", false, 0}, canonical_string(word));
}

bool LeafWriter::begin_table(const Field& f) {
  Frame frame;
  frame.path = path_of(f);
  frames_.push_back(std::move(frame));
  return true;
}

void LeafWriter::end_table(const Field& f) {
  const auto members = std::move(frames_.back().members);
  frames_.pop_back();
  if (!members.empty() || frames_.back().list) put(f, inline_table(members));
}

bool LeafWriter::present(const Field&, bool has_value) { return has_value; }

std::size_t LeafWriter::begin_list(const Field& f, std::size_t size) {
  if (size == 0) return kKeep;
  Frame frame;
  frame.path = path_of(f);
  frame.list = true;
  frames_.push_back(std::move(frame));
  return size;
}

void LeafWriter::begin_item(std::size_t index) { frames_.back().index = index; }
void LeafWriter::end_item() {}

void LeafWriter::end_list(const Field& f) {
  const auto items = std::move(frames_.back().items);
  frames_.pop_back();
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "[" : ", ") + item;
  put(f, out + "]");
}

bool LeafWriter::begin_map(const Field& f, std::vector<std::string>& names) {
  return !names.empty() && begin_table(f);
}

void LeafWriter::end_map(const Field& f) { end_table(f); }

std::string LeafWriter::canonical() const {
  std::string out;
  for (const auto& [key, value] : frames_.front().members)
    out += fmt::format("{} = {}\n", bare(key) ? key : canonical_string(key), value);
  return out;
}

}  // namespace gigawatt::config

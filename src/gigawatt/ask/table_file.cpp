#include "gigawatt/ask/table_file.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <unistd.h>

#include <fmt/format.h>

#include "gigawatt/results/write_parquet.h"

namespace gigawatt::ask {
namespace {

std::vector<std::string_view> cells(std::string_view line) {
  std::vector<std::string_view> out;
  while (true) {
    const auto comma = line.find(',');
    out.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return out;
    line.remove_prefix(comma + 1);
  }
}

bool number(std::string_view cell, double& x) {
  const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), x);
  return code == std::errc() && end == cell.data() + cell.size();
}

/// Our own tables: no quotes, every line as long as the header.
results::ParquetTable parsed(std::string_view csv) {
  results::ParquetTable out;
  std::vector<std::map<std::string, std::int32_t, std::less<>>> words;
  bool header = true;
  while (!csv.empty()) {
    const auto end = csv.find('\n');
    const auto line = cells(csv.substr(0, end));
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    if (header) {
      for (const auto name : line) out.columns.emplace_back().name = std::string(name);
      words.resize(line.size());
      header = false;
      continue;
    }
    for (std::size_t c = 0; c < out.columns.size(); ++c) {
      auto& column = out.columns[c];
      double x = 0;
      if (out.rows == 0) column.is_text = !number(line[c], x);
      if (!column.is_text) {
        number(line[c], x);
        column.numbers.push_back(x);
        continue;
      }
      const auto [place, fresh] =
          words[c].try_emplace(std::string(line[c]), static_cast<std::int32_t>(column.dictionary.size()));
      if (fresh) column.dictionary.emplace_back(line[c]);
      column.words.push_back(place->second);
    }
    ++out.rows;
  }
  return out;
}

}  // namespace

std::string table_file(std::string csv, const std::string& path) {
  if (!path.ends_with(".parquet")) return csv;
  const auto file = std::filesystem::temp_directory_path() / fmt::format("gigawatt-{}.parquet", ::getpid());
  results::write_parquet(parsed(csv), file);
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  in.close();
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  return bytes;
}

}  // namespace gigawatt::ask

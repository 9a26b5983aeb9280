#pragma once
/// DuckDB's C API with owners and exceptions: what the store needs of it and nothing more. Private to this module.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/results/duckdb_library.h"

namespace gigawatt::results {

/// One connection to an open database file. Failures throw StoreError naming the file.
class Session {
 public:
  explicit Session(const std::filesystem::path& path);
  /// Another connection to the same file, for another thread.
  static std::unique_ptr<Session> beside(const Session& other);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void execute(const std::string& sql);
  /// Every cell as text, NULL as "".
  std::vector<std::vector<std::string>> query(const std::string& sql);
  /// Column by column; every column must be a DOUBLE. NULL is NaN.
  std::vector<std::vector<double>> numbers(const std::string& sql);

  duckdb_connection connection() const { return connection_; }
  const std::string& name() const { return name_; }
  [[noreturn]] void fail(const std::string& what, const char* why) const;

 private:
  struct Database;
  Session(std::string name, std::shared_ptr<Database> database);

  std::string name_;
  std::shared_ptr<Database> database_;
  duckdb_connection connection_ = nullptr;
};

/// Bulk rows into one table; close() sends what is buffered to the open transaction.
class Appender {
 public:
  Appender(const Session& session, const char* table);
  ~Appender();
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  Appender& operator<<(std::string_view text);
  Appender& operator<<(double number);  ///< NaN becomes NULL
  Appender& operator<<(std::int64_t number);
  Appender& operator<<(bool value);
  Appender& operator<<(base::SimTime time);
  void end_row();
  void close();

 private:
  void check(duckdb_state state);

  const Session& session_;
  const char* table_;
  duckdb_appender appender_ = nullptr;
};

// Cells of a query. In a store that somebody changed any column may hold anything: StoreError names it.
std::int64_t whole_cell(std::string_view text, std::string_view column);
/// Microseconds since 1970, in a year of four digits.
base::SimTime time_cell(std::string_view text, std::string_view column);
/// NULL is NaN.
double number_cell(std::string_view text, std::string_view column);

/// 'text' with its quotes doubled.
std::string sql_text(std::string_view text);

/// "name" with its quotes doubled.
std::string sql_name(std::string_view name);

}  // namespace gigawatt::results

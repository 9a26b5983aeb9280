#include "gigawatt/results/duckdb_session.h"

#include <charconv>
#include <cmath>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "gigawatt/results/store.h"

namespace gigawatt::results {
namespace {

/// DuckDB's messages are long; their first line says what matters.
std::string first_line(const char* why) {
  std::string text = why != nullptr ? why : "unknown error";
  return text.substr(0, text.find('\n'));
}

struct Config {
  duckdb_config handle = nullptr;
  Config() { duckdb().create_config(&handle); }
  ~Config() { duckdb().destroy_config(&handle); }
  void set(const char* key, const char* value) { duckdb().set_config(handle, key, value); }
};

struct Result {
  duckdb_result handle{};
  ~Result() { duckdb().destroy_result(&handle); }
};

/// A file that this process has open. DuckDB's lock keeps other processes out, but locks of files belong to a process as a
/// whole: two databases on one file in two threads would write over each other (DuckDB 1.5.6: "Corrupted RLE segment").
class Claim {
 public:
  explicit Claim(const std::filesystem::path& path) {
    std::error_code unknown;
    key_ = std::filesystem::weakly_canonical(path, unknown).string();
    if (path == ":memory:" || unknown) key_.clear();
    const std::lock_guard lock(mutex());
    if (!key_.empty() && !open().insert(key_).second)
      throw StoreError(fmt::format("{}: cannot open: this process has it open already", path.string()));
  }
  ~Claim() {
    const std::lock_guard lock(mutex());
    open().erase(key_);
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  static std::set<std::string>& open() {
    static std::set<std::string> paths;
    return paths;
  }
  std::string key_;
};

}  // namespace

struct Session::Database {
  explicit Database(const std::filesystem::path& path) : claim(path) {}
  ~Database() { duckdb().close(&handle); }
  Claim claim;
  duckdb_database handle = nullptr;
};

Session::Session(const std::filesystem::path& path)
    : name_(path.string()), database_(std::make_shared<Database>(path)) {
  Config config;
  // Writing a run needs little; the rest of the machine belongs to the simulation.
  config.set("threads", "1");
  config.set("memory_limit", "128MB");
  config.set("autoinstall_known_extensions", "false");
  config.set("autoload_known_extensions", "false");
  // A store that somebody else made is data: nothing in it may read or write another file. One that this program is
  // about to make holds nothing yet, and its tables may be exported.
  std::error_code code;
  if (std::filesystem::exists(path, code) && std::filesystem::file_size(path, code) > 0) {
    config.set("enable_external_access", "false");
    config.set("lock_configuration", "true");
  }
  char* error = nullptr;
  if (duckdb().open_ext(name_.c_str(), &database_->handle, config.handle, &error) != DuckDBSuccess) {
    const std::string why = first_line(error);
    duckdb().free(error);
    fail("open", why.c_str());
  }
  if (duckdb().connect(database_->handle, &connection_) != DuckDBSuccess) fail("open", "no connection");
}

Session::Session(std::string name, std::shared_ptr<Database> database)
    : name_(std::move(name)), database_(std::move(database)) {
  if (duckdb().connect(database_->handle, &connection_) != DuckDBSuccess) fail("open", "no connection");
}

std::unique_ptr<Session> Session::beside(const Session& other) {
  return std::unique_ptr<Session>(new Session(other.name_, other.database_));
}

Session::~Session() { duckdb().disconnect(&connection_); }

void Session::fail(const std::string& what, const char* why) const {
  throw StoreError(fmt::format("{}: cannot {}: {}", name_, what, first_line(why)));
}

void Session::execute(const std::string& sql) {
  Result result;
  if (duckdb().query(connection_, sql.c_str(), &result.handle) != DuckDBSuccess)
    fail("write the store", duckdb().result_error(&result.handle));
}

std::vector<std::vector<std::string>> Session::query(const std::string& sql) {
  Result result;
  if (duckdb().query(connection_, sql.c_str(), &result.handle) != DuckDBSuccess)
    fail("read the store", duckdb().result_error(&result.handle));
  std::vector<std::vector<std::string>> rows(duckdb().row_count(&result.handle));
  const idx_t columns = duckdb().column_count(&result.handle);
  for (idx_t row = 0; row < rows.size(); ++row)
    for (idx_t column = 0; column < columns; ++column) {
      char* text = duckdb().value_varchar(&result.handle, column, row);
      rows[row].emplace_back(text != nullptr ? text : "");
      duckdb().free(text);
    }
  return rows;
}

std::vector<std::vector<double>> Session::numbers(const std::string& sql) {
  Result result;
  if (duckdb().query(connection_, sql.c_str(), &result.handle) != DuckDBSuccess)
    fail("read the store", duckdb().result_error(&result.handle));
  std::vector<std::vector<double>> columns(duckdb().column_count(&result.handle));
  for (idx_t c = 0; c < columns.size(); ++c)
    if (duckdb().column_type(&result.handle, c) != DUCKDB_TYPE_DOUBLE)
      fail("read the store", "a column is no number");
  while (duckdb_data_chunk chunk = duckdb().fetch_chunk(result.handle)) {
    const idx_t rows = duckdb().data_chunk_get_size(chunk);
    for (idx_t c = 0; c < columns.size(); ++c) {
      duckdb_vector vector = duckdb().data_chunk_get_vector(chunk, c);
      const auto* values = static_cast<const double*>(duckdb().vector_get_data(vector));
      std::uint64_t* validity = duckdb().vector_get_validity(vector);
      for (idx_t r = 0; r < rows; ++r)
        columns[c].push_back(
            validity == nullptr || duckdb().validity_row_is_valid(validity, r) ? values[r] : std::nan(""));
    }
    duckdb().destroy_data_chunk(&chunk);
    if (rows == 0) break;
  }
  return columns;
}

Appender::Appender(const Session& session, const char* table) : session_(session), table_(table) {
  if (duckdb().appender_create(session.connection(), nullptr, table, &appender_) != DuckDBSuccess) {
    const std::string why = first_line(duckdb().appender_error(appender_));
    duckdb().appender_destroy(&appender_);
    session.fail(fmt::format("append to table {}", table), why.c_str());
  }
}

Appender::~Appender() {
  if (appender_ != nullptr) duckdb().appender_destroy(&appender_);
}

void Appender::check(duckdb_state state) {
  if (state != DuckDBSuccess)
    session_.fail(fmt::format("append to table {}", table_), duckdb().appender_error(appender_));
}

Appender& Appender::operator<<(std::string_view text) {
  check(duckdb().append_varchar_length(appender_, text.data(), text.size()));
  return *this;
}

Appender& Appender::operator<<(double number) {
  check(std::isnan(number) ? duckdb().append_null(appender_) : duckdb().append_double(appender_, number));
  return *this;
}

Appender& Appender::operator<<(std::int64_t number) {
  check(duckdb().append_int64(appender_, number));
  return *this;
}

Appender& Appender::operator<<(bool value) {
  check(duckdb().append_bool(appender_, value));
  return *this;
}

Appender& Appender::operator<<(base::SimTime time) {
  check(duckdb().append_timestamp(appender_, duckdb_timestamp{time.us}));
  return *this;
}

void Appender::end_row() { check(duckdb().appender_end_row(appender_)); }

void Appender::close() {
  check(duckdb().appender_close(appender_));
  duckdb().appender_destroy(&appender_);
}

namespace {

std::string in_quotes(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

}  // namespace

std::int64_t whole_cell(std::string_view text, std::string_view column) {
  std::uint64_t value = 0;
  const bool negative = text.starts_with('-');
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + (negative ? 1 : 0), end, value);
  if (text.empty()) throw StoreError(fmt::format("the store has a row without {}", column));
  if (read.ec != std::errc() || read.ptr != end)
    throw StoreError(fmt::format("the store has '{}' as {}", text.substr(0, 40), column));
  return static_cast<std::int64_t>(negative ? ~value + 1 : value);
}

base::SimTime time_cell(std::string_view text, std::string_view column) {
  const base::SimTime time{whole_cell(text, column)};
  if (time < base::SimTime::from_date(0, 1, 1) || time >= base::SimTime::from_date(10'000, 1, 1))
    throw StoreError(fmt::format("the store has a time without a year of four digits as {}", column));
  return time;
}

double number_cell(std::string_view text, std::string_view column) {
  if (text.empty()) return std::nan("");
  double value = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ptr != end)
    throw StoreError(fmt::format("the store has '{}' as {}", text.substr(0, 40), column));
  return value;
}

std::string sql_text(std::string_view text) { return in_quotes(text, '\''); }
std::string sql_name(std::string_view name) { return in_quotes(name, '"'); }

}  // namespace gigawatt::results

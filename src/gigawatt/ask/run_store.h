#pragma once
/// Where a run is kept while it is made and afterwards: a store of runs, and its tables as Parquet files.

#include <filesystem>
#include <memory>
#include <string>

#include "gigawatt/ask/run_texts.h"
#include "gigawatt/engine/run.h"
#include "gigawatt/results/store.h"

namespace gigawatt::ask {

/// The tables of one run as Parquet files. A store of its own is made for them in the folder and removed again.
class ParquetFolder {
 public:
  /// Throws results::StoreError where the folder cannot be written to.
  explicit ParquetFolder(const std::string& folder);
  ~ParquetFolder();
  ParquetFolder(const ParquetFolder&) = delete;
  ParquetFolder& operator=(const ParquetFolder&) = delete;

  void write(const engine::Inputs& inputs, const engine::RunOptions& options,
             const engine::RunOutput& output);

 private:
  void remove() const;

  std::filesystem::path folder_, store_file_;
  std::unique_ptr<results::Store> store_;
  std::unique_ptr<results::RunWriter> writer_;
};

/// One more run in a store: its inputs are committed before it is simulated, so that a run that dies is seen.
class StoredRun {
 public:
  /// Throws results::StoreError. `source`: the scenario as its author wrote it.
  StoredRun(const std::string& file, const engine::Inputs& inputs, const engine::RunOptions& options,
            const std::string& source, const RunTexts& texts = {});

  void finish(const engine::Inputs& inputs, const engine::RunOutput& output, const std::string& document);
  std::int64_t id() const { return writer_->id(); }

 private:
  std::unique_ptr<results::Store> store_;
  std::unique_ptr<results::RunWriter> writer_;
};

}  // namespace gigawatt::ask

#include "gigawatt/ask/run_store.h"

#include <fmt/format.h>

#include "gigawatt/base/version.h"
#include "gigawatt/engine/record.h"

namespace gigawatt::ask {
ParquetFolder::ParquetFolder(const std::string& folder)
    : folder_(folder), store_file_(folder_ / ".gigawatt-run.db") {
  std::error_code problem;
  std::filesystem::create_directories(folder_, problem);
  if (problem) throw results::StoreError(fmt::format("{}: {}", folder, problem.message()));
  remove();
  store_ = results::open_store(store_file_);
}

ParquetFolder::~ParquetFolder() {
  writer_.reset();
  store_.reset();
  remove();
}

void ParquetFolder::write(const engine::Inputs& inputs, const engine::RunOptions& options,
                          const engine::RunOutput& output) {
  writer_ = store_->begin_run(engine::header(inputs, options, base::program_name()));
  engine::record_inputs(inputs, *writer_);
  engine::record_output(inputs, output, *writer_);
  store_->export_parquet(folder_);
}

void ParquetFolder::remove() const {
  std::error_code ignored;
  std::filesystem::remove(store_file_, ignored);
  std::filesystem::remove(store_file_.string() + ".wal", ignored);
}

StoredRun::StoredRun(const std::string& file, const engine::Inputs& inputs, const engine::RunOptions& options,
                     const std::string& source, const RunTexts& texts)
    : store_(results::open_store(file)),
      writer_(store_->begin_run(engine::header(inputs, options, base::program_name()))) {
  writer_->attach(results::Attachment::kScenario, source);
  for (const auto& [kind, text] : attachments(texts))
    if (!text.empty()) writer_->attach(kind, text);
  engine::record_inputs(inputs, *writer_);
}

void StoredRun::finish(const engine::Inputs& inputs, const engine::RunOutput& output,
                       const std::string& document) {
  writer_->attach(results::Attachment::kDocument, document);
  engine::record_output(inputs, output, *writer_);
}

}  // namespace gigawatt::ask

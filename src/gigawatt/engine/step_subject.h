#pragma once
/// What a step is asked about, from the names that a user gives: catalogue names or files.

#include <string>

#include <tl/expected.hpp>

#include "gigawatt/config/documents.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/step/step.h"
#include "gigawatt/workload/hf_quantization.h"

namespace gigawatt::engine {

/// Copies, so that requests made from it may outlive the catalogue.
struct StepSubject {
  catalog::Model model;
  catalog::System system;
  catalog::Accelerator accelerator;
  step::SoftwareProfile software;
  workload::StoredBits stored;  ///< of the weights in a quantized checkpoint
  base::Diagnostics notes;  ///< warnings about the model's file, or about which of two models a name means

  /// A request with the pointers set; the subject must outlive it.
  step::StepRequest request() const;
};

/// `model`: a catalogue name or alias, a released variant of one ("meta-llama/Llama-3.1-8B-Instruct"), a Hugging Face
/// config.json or the folder that holds one. A path that exists is read, even where the catalogue knows the name too, but
/// a plain name is the catalogue's; either way a note says so. `system`: a catalogue name or a TOML file of a system;
/// `software`: a profile's name, empty for the default. All unknown names are reported at once.
tl::expected<StepSubject, base::Diagnostics> resolve_subject(const Knowledge& knowledge,
                                                             const std::string& model,
                                                             const std::string& system,
                                                             const std::string& software);

/// The model of a file's text, as above; warnings about it join `notes`.
tl::expected<catalog::Model, base::Diagnostics> model_of_document(const Knowledge& knowledge,
                                                                  const config::NameOrText& file,
                                                                  base::Diagnostics& notes);

/// The same from a question, whose documents have been read by the face that asks.
tl::expected<StepSubject, base::Diagnostics> resolve_subject(const Knowledge& knowledge,
                                                             const config::NameOrText& model,
                                                             const config::NameOrText& system,
                                                             const std::string& software);

}  // namespace gigawatt::engine

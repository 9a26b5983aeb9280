#pragma once
/// Questions without a file: how many accelerators a gigawatt feeds, what they cost, how long a model trains on them, what
/// they serve. Each is a few multiplications over the catalogue, or one search of a plan; every answer says its formula
/// and its inputs with their sources.
///
/// Power. An accelerator's share of its server at the rated maximum, with its share of switches and optics, times the
/// overhead of the cooling plant in the design hour, is what the connection must carry:
///
///     N = floor(P_meter / (w_IT o_peak)),   in whole racks (scale-up domains of 32 and more) or servers
///
/// Cost. Hardware N (server + network), building c_W P_meter; a year: energy at the typical draw, maintenance, operation.
/// Training. The best plan at the largest power of two of accelerators within the fleet gives tokens a second and
/// accelerator; no interruption is counted (`gigawatt operate` counts them). A batch that nobody states is 1,024 tokens an
/// accelerator, as Llama 3.1 405B had, within 16 M and the 63 M of DeepSeek-V3: a small one would starve a large fleet.
/// Serving. The plan with most tokens a second and accelerator that gives each user the rate asked for (`gigawatt serving`).
/// Intervals: the ends of the sources' bands, all at once; of step and serving times their models' 80% bands.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/config/documents.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/engine/inputs.h"

namespace gigawatt::engine {

enum class PlainTopic : std::uint8_t { kPower, kCost, kTrain, kServe };
inline constexpr std::string_view kPlainTopicNames[] = {"power", "cost", "train", "serve"};

struct PlainQuery {
  PlainTopic topic = PlainTopic::kPower;
  std::string phrase;                ///< the question in words (plain_phrase.h)
  std::string system;                ///< empty: a GB300
  double power_w = 0;                ///< at the meter; 0: not given
  std::optional<std::int64_t> gpus;  ///< instead of power
  config::NameOrText model;          ///< a document joins the catalogue first (own_model.h)
  double tokens = 0;
  double days = 0;                  ///< of a training
  std::optional<std::int64_t> seq;  ///< 8,192 by default, and no more than the model reads
  std::string precision;    ///< of a training's products; "": fp8 where weights are published so, else bf16
  double batch_tokens = 0;  ///< 0: by the number of accelerators
  double isl = 1024, osl = 1024;
  double user_rate = 20;  ///< tokens a second that each user gets at least; 0: any
  std::string cooling;    ///< of the catalogue; empty: as the system is cooled
};

void fields(config::FieldVisitor& v, PlainQuery& q);

/// With its interval; low == high == value where none is known.
struct PlainFigure {
  std::string name;
  double value = 0, low = 0, high = 0;
  std::string unit;
  std::string text;  ///< of an answer its formula, of an input its source
};

struct PlainAnswer {
  std::string question;  ///< in words
  std::vector<PlainFigure> answers, inputs;
  std::string scenario;            ///< TOML that `gigawatt run` takes
  std::vector<std::string> notes;  ///< how names were read
};

/// A refusal that is no mistake of the question (no plan fits) has the code "no-plan".
tl::expected<PlainAnswer, base::Diagnostics> answer_plainly(const Knowledge& knowledge,
                                                            const PlainQuery& query);

}  // namespace gigawatt::engine

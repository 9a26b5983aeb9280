#include "echo.h"

namespace gigawatt::ask {
namespace {

constexpr std::string_view kTones[] = {"plain", "loud"};

struct Inner {
  std::vector<std::int64_t> sizes;
};

void fields(config::FieldVisitor& v, Inner& inner) {
  v(inner.sizes, {.key = "sizes", .doc = "Whole numbers.", .min = 1});
}

struct EchoQuery {
  config::NameOrText subject;
  config::InputText table;
  config::OutputFile out;
  std::int64_t times = 1;
  double tokens = 0, power_w = 0;
  std::optional<std::int64_t> spares;
  std::size_t tone = 0;
  bool silent = false;
  std::vector<std::string> set;
  Inner inner;
};

void fields(config::FieldVisitor& v, EchoQuery& q) {
  v(q.subject,
    {.key = "subject", .doc = "A name, or a document.", .required = true, .alias = "subject_json"});
  v(q.table, {.key = "table", .doc = "A table."});
  v(q.out, {.key = "out", .doc = "Where the answer goes."});
  v(q.times, {.key = "times", .doc = "How often.", .min = 1, .max = 1e6});
  v(q.tokens, {.key = "tokens", .doc = "A count.", .min = 0});
  v(q.power_w, {.key = "power", .doc = "IT power.", .unit = "MW", .min = 0});
  v(q.spares, {.key = "spares", .doc = "Spare nodes.", .min = 0});
  v.choose(q.tone, kTones, {.key = "tone", .doc = "How it is said."});
  v(q.silent, {.key = "silent", .doc = "The answer is no."});
  v(q.set, {.key = "set", .doc = "Kept as given.", .verbatim = true});
  v(q.inner, {.key = "inner", .doc = "A table inside."});
}

Answered answer(const EchoQuery& q, const Context&) {
  Answer out;
  out.json = {
      {"subject", q.subject.name}, {"document", q.subject.text}, {"table", q.table.text},  {"times", q.times},
      {"tokens", q.tokens},        {"power_w", q.power_w},       {"tone", kTones[q.tone]}, {"set", q.set},
      {"sizes", q.inner.sizes}};
  out.json["spares"] = q.spares ? nlohmann::ordered_json(*q.spares) : nlohmann::ordered_json(nullptr);
  out.text = [subject = q.subject.name](bool) { return subject + "\n"; };
  if (q.out.given()) out.files["out"] = q.subject.name;
  if (q.silent) out.no = No{"nothing is to be said", "leave silent out", true};
  return out;
}

}  // namespace

Command echo() {
  return make_command<answer>({.name = "echo", .summary = "Says what it is asked", .weight = Weight::kLight});
}

}  // namespace gigawatt::ask

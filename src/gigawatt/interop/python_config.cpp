#include "gigawatt/interop/python_config.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/words.h"
#include "gigawatt/interop/python_expression.h"
#include "gigawatt/interop/python_lines.h"
#include "gigawatt/interop/settings.h"

namespace gigawatt::interop {
namespace {

using Kind = PythonValue::Kind;
using Named = std::vector<std::pair<std::string, PythonValue>>;
using Variables = std::map<std::string, PythonValue, std::less<>>;

constexpr int kDeepestCall = 24;
constexpr std::size_t kMostSteps = 200'000;
constexpr std::size_t kMostObjects = 100'000;

/// Position of `what` outside of brackets and strings.
std::size_t outside_of_brackets(std::string_view text, char what, std::size_t from = 0) {
  int depth = 0;
  char quote = 0;
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == '\\')
        ++at;
      else if (c == quote)
        quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (depth == 0 && c == what) {
      return at;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      --depth;
    }
  }
  return std::string_view::npos;
}

/// The '=' of an assignment: not of ==, <=, >=, != or :=.
std::size_t assignment_sign(std::string_view text) {
  for (std::size_t at = outside_of_brackets(text, '='); at != std::string_view::npos;
       at = outside_of_brackets(text, '=', at)) {
    const bool compares = at + 1 < text.size() && text[at + 1] == '=';
    const bool other = at > 0 && std::string_view("=<>!:").find(text[at - 1]) != std::string_view::npos;
    if (!compares && !other) return at;
    at += compares ? 2 : 1;
  }
  return std::string_view::npos;
}

struct Parameter {
  std::string name, usual;  ///< usual: its default's text; empty: there is none
};

struct Function {
  std::string name;
  std::vector<Parameter> parameters;
  const std::vector<PythonStatement>* body = nullptr;
  std::size_t module = 0;
};

struct Module {
  std::vector<PythonStatement> statements;
  std::map<std::string, Function, std::less<>> functions;
  std::map<std::string, std::string, std::less<>> imported;  // by the name that the text uses
  Variables variables;
};

/// What only looks at values or the machine, and sets nothing.
bool sets_nothing(std::string_view callee) {
  for (const char* name :
       {"dict",  "range", "zip",    "sorted", "enumerate", "any",        "all",    "sum",
        "set",   "bool",  "type",   "print",  "hasattr",   "isinstance", "len",    "list",
        "tuple", "str",   "divmod", "abs",    "round",     "super",      "format", "replace"})
    if (callee == name) return true;
  return callee.starts_with("os.") || callee.starts_with("logging.") || callee.starts_with("logger.") ||
         callee.starts_with("torch.") || callee.starts_with("math.") || callee.ends_with(".append");
}

/// "def name(a, b: int = 4, *, c=None) -> X:".
std::optional<Function> function_of(const PythonStatement& s) {
  std::string_view text = s.text;
  if (text.starts_with("async ")) text.remove_prefix(6);
  if (!text.starts_with("def ")) return std::nullopt;
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) return std::nullopt;
  Function f{std::string(trim(text.substr(4, open - 4))), {}, &s.body, 0};
  const std::size_t close = outside_of_brackets(text, ')', open + 1);
  std::string_view list = text.substr(open + 1, std::min(close, text.size()) - open - 1);
  while (!trim(list).empty()) {
    const std::size_t end = std::min(outside_of_brackets(list, ','), list.size());
    std::string_view one = trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    const std::size_t equals = assignment_sign(one);
    const std::string usual(equals == std::string_view::npos ? "" : trim(one.substr(equals + 1)));
    one = trim(one.substr(0, std::min({equals, outside_of_brackets(one, ':'), one.size()})));
    if (!one.empty() && one[0] != '*' && one[0] != '/') f.parameters.push_back({std::string(one), usual});
  }
  return f;
}

class Interpreter {
 public:
  explicit Interpreter(std::span<const std::string> texts) {
    for (const std::string& text : texts) modules_.push_back({python_statements(text), {}, {}, {}});
    for (std::size_t i = 0; i < modules_.size(); ++i)
      for (const PythonStatement& s : modules_[i].statements)
        if (auto f = function_of(s)) {
          f->module = i;
          order_.push_back(f->name);
          modules_[i].functions[f->name] = std::move(*f);
        }
  }

  tl::expected<PythonConfig, std::string> run(std::string_view wanted) {
    for (module_ = modules_.size(); module_-- > 0;)
      run_block(modules_[module_].statements, modules_[module_].variables);
    module_ = 0;
    std::string name(wanted);
    if (name.empty() && !order_.empty()) {
      const auto roots = entry_points();
      if (roots.size() != 1)
        return tl::unexpected(fmt::format(
            "the text defines {} configurations; name one behind it: {}{}", roots.size(),
            fmt::join(roots.begin(), roots.begin() + std::min<std::ptrdiff_t>(12, std::ssize(roots)), ", "),
            roots.size() > 12 ? ", ..." : ""));
      name = roots[0];
    }
    PythonConfig out;
    out_ = &out;
    PythonObject* result = nullptr;
    if (name.empty()) {
      result = make("");
      for (auto& module : modules_)
        for (auto& [variable, value] : module.variables) result->set(variable, value);
    } else {
      const Function* found = anywhere(name, modules_.size());
      if (found == nullptr)
        return tl::unexpected(
            fmt::format("no function '{}' in the text{}", name, hint(base::did_you_mean(name, order_))));
      const PythonValue value = invoke(*found, {}, {});
      out.function = name;
      result = value.is(Kind::kObject) ? value.object : make("");
    }
    if (!result->callee.empty()) out.settings.emplace_back("config", result->callee);
    flatten(*result, "", out.settings);
    return out;
  }

 private:
  static std::string hint(const std::string& text) { return text.empty() ? "" : ": " + text; }

  /// Functions that no other one calls; of these the ones without a leading underscore, if there are such.
  std::vector<std::string> entry_points() const {
    std::set<std::string, std::less<>> called;
    for (const Module& module : modules_)
      for (const auto& [name, f] : module.functions) collect_calls(*f.body, name, called);
    std::vector<std::string> roots, open;
    for (const std::string& name : order_)
      if (!called.contains(name)) roots.push_back(name);
    std::copy_if(roots.begin(), roots.end(), std::back_inserter(open),
                 [](const std::string& name) { return name[0] != '_'; });
    return open.empty() ? roots : open;
  }
  void collect_calls(const std::vector<PythonStatement>& block, const std::string& self,
                     std::set<std::string, std::less<>>& called) const {
    for (const PythonStatement& s : block) {
      const std::string& text = s.text;
      for (std::size_t at = 0; at < text.size();) {
        if (!base::is_name_character(text[at])) {
          ++at;
          continue;
        }
        const std::size_t begin = at;
        while (at < text.size() && base::is_name_character(text[at])) ++at;
        const std::string_view word = std::string_view(text).substr(begin, at - begin);
        if (word != self && at < text.size() && text[at] == '(') called.emplace(word);
      }
      collect_calls(s.body, self, called);
    }
  }

  /// In the first module that has it but `except`, or imports it from one.
  const Function* anywhere(std::string_view name, std::size_t except) const {
    for (std::size_t i = 0; i < modules_.size(); ++i)
      if (const auto at = modules_[i].functions.find(name); i != except && at != modules_[i].functions.end())
        return &at->second;
    for (std::size_t i = 0; i < modules_.size(); ++i)
      if (const auto import = modules_[i].imported.find(name);
          i != except && import != modules_[i].imported.end() && import->second != name)
        for (std::size_t k = 0; k < modules_.size(); ++k)
          if (const auto at = modules_[k].functions.find(import->second);
              k != except && at != modules_[k].functions.end())
            return &at->second;
    return nullptr;
  }
  /// What a call in this module means.
  const Function* function(std::string_view name) const {
    const Module& here = modules_[module_];
    if (const auto own = here.functions.find(name); own != here.functions.end()) return &own->second;
    const auto import = here.imported.find(name);
    return anywhere(import == here.imported.end() ? name : import->second, module_);
  }
  /// "llama3_70b.trainer" where the text imports llama3_70b.
  const Function* of_module(std::string_view name) const {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || !modules_[module_].imported.contains(name.substr(0, dot)))
      return nullptr;
    return anywhere(name.substr(dot + 1), module_);
  }
  PythonValue* global(std::string_view name) {
    if (const auto at = modules_[module_].variables.find(name); at != modules_[module_].variables.end())
      return &at->second;
    for (Module& module : modules_)
      if (const auto at = module.variables.find(name); at != module.variables.end()) return &at->second;
    return nullptr;
  }

  PythonObject* make(std::string callee) {
    if (objects_.size() >= kMostObjects) {
      spare_ = {};
      return &spare_;
    }
    objects_.push_back({std::move(callee), {}, {}});
    return &objects_.back();
  }

  PythonValue invoke(const Function& f, std::vector<PythonValue> positional, Named named) {
    if (depth_ >= kDeepestCall) return PythonValue::unknown(f.name);
    ++depth_;
    const std::size_t caller = std::exchange(module_, f.module);
    Variables variables;
    for (std::size_t i = 0; i < f.parameters.size(); ++i) {
      const Parameter& p = f.parameters[i];
      const auto given =
          std::find_if(named.begin(), named.end(), [&](const auto& one) { return one.first == p.name; });
      variables[p.name] = i < positional.size()  ? std::move(positional[i])
                          : given != named.end() ? given->second
                          : p.usual.empty()      ? PythonValue::of(make(""))
                                                 : value_of(p.usual, variables);
    }
    std::optional<PythonValue> result = run_block(*f.body, variables);
    module_ = caller;
    --depth_;
    return result ? std::move(*result) : PythonValue::none();
  }

  /// What `return` gave; nothing where the block ended without it.
  std::optional<PythonValue> run_block(const std::vector<PythonStatement>& block, Variables& variables) {
    bool chosen = false;  // of an if ... elif ... else
    for (const PythonStatement& s : block) {
      if (++steps_ > kMostSteps) return std::nullopt;
      const std::string& text = s.text;
      const auto begins = [&](std::string_view word) {
        return text.starts_with(word) &&
               (text.size() == word.size() || !base::is_name_character(text[word.size()]));
      };
      std::optional<PythonValue> result;
      if (begins("return")) return value_of(trim(std::string_view(text).substr(6)), variables);
      if (begins("if") || begins("elif")) {
        if (begins("if")) chosen = false;
        if (!chosen && condition(text, variables)) {
          chosen = true;
          result = run_block(s.body, variables);
        }
      } else if (begins("else")) {
        if (!chosen) result = run_block(s.body, variables);
        chosen = true;
      } else if (begins("for")) {
        result = loop(s, variables);
        chosen = true;
      } else if (begins("with") || begins("try") || begins("finally")) {
        result = run_block(s.body, variables);
        chosen = true;
      } else if (begins("raise")) {
        return PythonValue::none();
      } else if (begins("from") || begins("import")) {
        other_names(text);
      } else if (!begins("def") && !begins("class") && !begins("while") && !begins("except") &&
                 !begins("assert") && !begins("pass") && text[0] != '@') {
        statement(text, variables);
      }
      if (result) return result;
    }
    return std::nullopt;
  }

  bool condition(const std::string& text, Variables& variables) {
    std::string_view inside = text;
    inside.remove_prefix(text.starts_with("elif") ? 4 : 2);
    inside = trim(inside.substr(0, inside.rfind(':')));
    const auto known = truth(value_of(inside, variables));
    if (!known && out_ != nullptr && out_->undecided.size() < 50)
      out_->undecided.emplace_back(inside.substr(0, 80));
    return known.value_or(false);
  }

  std::optional<PythonValue> loop(const PythonStatement& s, Variables& variables) {
    std::string_view text = s.text;
    const std::size_t in = text.find(" in ");
    if (in == std::string_view::npos) return std::nullopt;
    const std::string name(trim(text.substr(4, in - 4)));
    const PythonValue list = value_of(trim(text.substr(in + 4, text.rfind(':') - in - 4)), variables);
    if (!list.is(Kind::kList)) return std::nullopt;
    for (const PythonValue& item : list.list) {
      variables[name] = item;
      auto result = run_block(s.body, variables);
      if (result) return result;
      if (steps_ > kMostSteps) break;
    }
    return std::nullopt;
  }

  /// "from a import b as c, d".
  void other_names(std::string_view text) {
    const std::size_t import = text.find("import ");
    std::string_view list = trim(text.substr(std::min(import + 7, text.size())));
    while (!list.empty()) {
      const std::size_t end = std::min(list.find(','), list.size());
      std::string_view one = list.substr(0, end);
      list.remove_prefix(std::min(end + 1, list.size()));
      const auto bare = [](std::string_view name) {
        while (!name.empty() && !base::is_name_character(name.front())) name.remove_prefix(1);
        while (!name.empty() && !base::is_name_character(name.back())) name.remove_suffix(1);
        return std::string(name);
      };
      const std::size_t as = one.find(" as ");
      const std::string name = bare(one.substr(0, std::min(as, one.size())));
      if (!name.empty())
        modules_[module_].imported[as == std::string_view::npos ? name : bare(one.substr(as + 4))] = name;
    }
  }

  void statement(std::string_view text, Variables& variables) {
    std::size_t equals = assignment_sign(text);
    if (equals == std::string_view::npos) {
      value_of(text, variables);
      return;
    }
    std::vector<std::string_view> targets;
    std::string_view rest = text;
    while (equals != std::string_view::npos) {
      targets.push_back(trim(rest.substr(0, equals)));
      rest = trim(rest.substr(equals + 1));
      equals = assignment_sign(rest);
    }
    std::string value_text(rest);
    std::string_view first = targets[0];
    const char op = first.empty() ? '\0' : first.back();
    if (op == '+' || op == '*' || op == '-' || op == '/') {  // x += y
      while (!first.empty() && (first.back() == op || first.back() == ' ')) first.remove_suffix(1);
      targets[0] = first;
      value_text = fmt::format("{} {} ({})", first, op, rest);
    }
    const PythonValue value = value_of(value_text, variables);
    for (const std::string_view target : targets) assign(target, value, variables);
  }

  void assign(std::string_view target, const PythonValue& value, Variables& variables) {
    target = trim(target.substr(0, std::min(outside_of_brackets(target, ':'), target.size())));  // annotation
    if (outside_of_brackets(target, ',') != std::string_view::npos) {
      std::size_t i = 0;
      while (!target.empty()) {
        const std::size_t end = std::min(outside_of_brackets(target, ','), target.size());
        const bool has = value.is(Kind::kList) && i < value.list.size();
        assign(trim(target.substr(0, end)), has ? value.list[i] : PythonValue::unknown("part"), variables);
        target.remove_prefix(std::min(end + 1, target.size()));
        ++i;
      }
      return;
    }
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < target.size() && parts.size() < 32;) {
      const std::size_t begin = at;
      while (at < target.size() && base::is_name_character(target[at])) ++at;
      if (at > begin) parts.emplace_back(target.substr(begin, at - begin));
      if (at < target.size() && target[at] == '[') {
        const std::size_t close = std::min(outside_of_brackets(target, ']', at + 1), target.size());
        parts.push_back(to_text(value_of(target.substr(at + 1, close - at - 1), variables)));
        at = close;
      }
      ++at;
    }
    if (parts.empty()) return;
    if (parts.size() == 1) {
      variables[parts[0]] = value;
      return;
    }
    const auto root = variables.find(parts[0]);
    PythonValue* here = root == variables.end() ? global(parts[0]) : &root->second;
    if (here == nullptr) here = &variables[parts[0]];
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (!here->is(Kind::kObject)) *here = PythonValue::of(make(""));
      PythonObject& object = *here->object;
      if (i + 1 == parts.size()) return object.set(parts[i], value);
      if (object.find(parts[i]) == nullptr) object.set(parts[i], PythonValue::of(make("")));
      here = object.find(parts[i]);
    }
  }

  PythonValue value_of(std::string_view text, Variables& variables) {
    const PythonScope scope{
        [&](std::string_view name) -> PythonValue* {
          if (const auto at = variables.find(name); at != variables.end()) return &at->second;
          return global(name);
        },
        [&](const std::string& callee, const PythonValue& before, std::vector<PythonValue> positional,
            Named named) { return call(callee, before, std::move(positional), std::move(named)); }};
    return evaluate(text, scope);
  }

  PythonValue call(const std::string& written, const PythonValue& before, std::vector<PythonValue> positional,
                   Named named) {
    if (++steps_ > kMostSteps) return PythonValue::unknown(written);
    const Function* own = function(written);
    if (own == nullptr) own = of_module(written);
    if (own != nullptr) return invoke(*own, std::move(positional), std::move(named));
    const auto& imports = modules_[module_].imported;
    const auto import = imports.find(written);
    const std::string& callee = import == imports.end() ? written : import->second;
    if (auto known = builtin(callee, before, positional, named)) return std::move(*known);
    if (before.is(Kind::kObject) && before.object->callee.empty() && !positional.empty())
      return PythonValue::unknown(callee);  // a method of something of the text's own
    tell(callee);
    PythonObject* object = make(callee == "dict" ? "" : callee);
    if (before.is(Kind::kObject)) {  // from_pretrained("x").config(): what the first was given
      object->positional = before.object->positional;
      object->attributes = before.object->attributes;
      object->callee = before.object->callee + callee.substr(std::min(callee.rfind('.'), callee.size()));
    }
    for (PythonValue& value : positional) object->positional.push_back(std::move(value));
    for (auto& [name, value] : named) object->set(name, std::move(value));
    return PythonValue::of(object);
  }

  /// A class's object holds what it is given; what a function gives is not known.
  void tell(const std::string& callee) {
    if (out_ == nullptr || sets_nothing(callee)) return;
    for (std::size_t at = 0; at < callee.size(); ++at)
      if ((at == 0 || callee[at - 1] == '.') && std::isupper(static_cast<unsigned char>(callee[at])) != 0)
        return;
    if (callee.find("Config") != std::string::npos || callee.find("artial") != std::string::npos) return;
    auto& all = out_->outside;
    if (all.size() < 50 && std::find(all.begin(), all.end(), callee) == all.end()) all.push_back(callee);
  }

  std::optional<PythonValue> builtin(const std::string& callee, const PythonValue& before,
                                     std::vector<PythonValue>& positional, const Named& named) {
    const std::string last =
        callee.substr(callee.rfind('.') == std::string::npos ? 0 : callee.rfind('.') + 1);
    const bool has = !positional.empty();
    if (callee == "setattr" && positional.size() == 3) {
      if (positional[0].is(Kind::kObject) && positional[1].is(Kind::kString))
        positional[0].object->set(positional[1].text, positional[2]);
      return PythonValue::none();
    }
    if (callee == "getattr" && positional.size() >= 2 && positional[1].is(Kind::kString)) {
      if (positional[0].is(Kind::kObject))
        if (const PythonValue* found = positional[0].object->find(positional[1].text)) return *found;
      return positional.size() > 2 ? positional[2] : PythonValue::unknown(positional[1].text);
    }
    if ((callee == "int" || callee == "float") && has) {
      if (!positional[0].numeric()) return PythonValue::unknown(callee);
      return PythonValue::of(callee == "int" ? std::trunc(positional[0].number) : positional[0].number);
    }
    if ((callee == "max" || callee == "min") && positional.size() > 1) {
      double best = positional[0].number;
      for (const PythonValue& v : positional) {
        if (!v.numeric()) return PythonValue::unknown(callee);
        best = callee == "max" ? std::max(best, v.number) : std::min(best, v.number);
      }
      return PythonValue::of(best);
    }
    if (callee == "len" && has && positional[0].is(Kind::kList))
      return PythonValue::of(static_cast<double>(positional[0].list.size()));
    if (callee == "str" && has) return PythonValue::of(to_text(positional[0]));
    if ((callee == "list" || callee == "tuple" || last == "deepcopy") && has) return positional[0];
    if (callee == "cast" && positional.size() == 2) return positional[1];
    if (callee == "isinstance" || callee == "print" || callee == "hasattr")
      return PythonValue::unknown(callee);
    if (last == "replace" && has && positional[0].is(Kind::kObject)) {
      PythonObject* copy = make("");
      *copy = *positional[0].object;
      for (const auto& [name, value] : named) copy->set(name, value);
      return PythonValue::of(copy);
    }
    if (last == "update" && before.is(Kind::kObject)) {
      if (has && positional[0].is(Kind::kObject))
        for (const auto& [name, value] : positional[0].object->attributes) before.object->set(name, value);
      for (const auto& [name, value] : named) before.object->set(name, value);
      return PythonValue::none();
    }
    if (last == "get" && before.is(Kind::kObject) && has && positional[0].is(Kind::kString)) {
      if (const PythonValue* found = before.object->find(positional[0].text)) return *found;
      return positional.size() > 1 ? positional[1] : PythonValue::none();
    }
    if (last == "lower" && before.is(Kind::kString)) {
      std::string text = before.text;
      std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
      return PythonValue::of(std::move(text));
    }
    return std::nullopt;
  }

  static PythonValue kind_of(const PythonValue& value, const std::string& type) {
    if (value.is(Kind::kUnknown) || value.is(Kind::kObject)) return PythonValue::unknown("isinstance");
    if (type == "str") return PythonValue::of(value.is(Kind::kString));
    if (type == "int" || type == "float") return PythonValue::of(value.is(Kind::kNumber));
    if (type == "list" || type == "tuple") return PythonValue::of(value.is(Kind::kList));
    if (type == "bool") return PythonValue::of(value.is(Kind::kBool));
    return PythonValue::unknown("isinstance");
  }

  std::vector<Module> modules_;
  std::size_t module_ = 0;  // whose statements run
  std::vector<std::string> order_;
  PythonObjects objects_;
  PythonObject spare_;
  PythonConfig* out_ = nullptr;
  std::size_t steps_ = 0;
  int depth_ = 0;
};

}  // namespace

bool is_python(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view line = text.substr(at, std::min(text.find('\n', at), text.size()) - at);
    if (line.starts_with("def ") && line.find('(') != std::string_view::npos) return true;
    if (line.starts_with("import ") ||
        (line.starts_with("from ") && line.find(" import") != std::string_view::npos))
      return true;
    at += line.size() + 1;
  }
  return false;
}

tl::expected<PythonConfig, std::string> run_python(std::span<const std::string> texts,
                                                   std::string_view function) {
  return Interpreter(texts).run(function);
}

}  // namespace gigawatt::interop

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <locale>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace game_definitions {

/// Any JSON value; the items of an object belong to the keys in their order.
struct Json {
  enum class Kind { null, boolean, number, text, array, object };

  Kind kind = Kind::null;
  bool truth = false;
  double number = 0;
  std::string text;
  std::vector<std::string> keys;
  std::vector<Json> items;

  /// The member of an object; nullptr where there is none.
  const Json* member(std::string_view name) const {
    if (kind != Kind::object) return nullptr;
    for (std::size_t at = keys.size(); at > 0; --at) {
      if (keys[at - 1] == name) return &items[at - 1];
    }
    return nullptr;
  }
};

namespace detail {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  /// The value of the whole text, or nothing.
  std::optional<Json> parse() {
    Json found;
    if (!value(found, 0)) return std::nullopt;
    space();
    if (at_ != text_.size()) return std::nullopt;
    return found;
  }

 private:
  static constexpr int depth_max = 200;

  void space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  bool take(char expected) {
    if (at_ >= text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }

  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  bool value(Json& into, int depth) {
    space();
    if (depth > depth_max || at_ >= text_.size()) return false;
    switch (text_[at_]) {
      case '{': return object(into, depth);
      case '[': return array(into, depth);
      case '"': into.kind = Json::Kind::text; return string(into.text);
      case 't': into.kind = Json::Kind::boolean; into.truth = true; return word("true");
      case 'f': into.kind = Json::Kind::boolean; return word("false");
      case 'n': return word("null");
      default: into.kind = Json::Kind::number; return number(into.number);
    }
  }

  bool object(Json& into, int depth) {
    into.kind = Json::Kind::object;
    ++at_;
    space();
    if (take('}')) return true;
    do {
      space();
      std::string key;
      if (!string(key)) return false;
      space();
      Json item;
      if (!take(':') || !value(item, depth + 1)) return false;
      into.keys.push_back(std::move(key));
      into.items.push_back(std::move(item));
      space();
    } while (take(','));
    return take('}');
  }

  bool array(Json& into, int depth) {
    into.kind = Json::Kind::array;
    ++at_;
    space();
    if (take(']')) return true;
    do {
      Json item;
      if (!value(item, depth + 1)) return false;
      into.items.push_back(std::move(item));
      space();
    } while (take(','));
    return take(']');
  }

  std::size_t digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ - begin;
  }

  bool number(double& into) {
    const std::size_t begin = at_;
    take('-');
    if (!take('0') && digits() == 0) return false;
    if (take('.') && digits() == 0) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (digits() == 0) return false;
    }
    std::istringstream stream{std::string(text_.substr(begin, at_ - begin))};
    stream.imbue(std::locale::classic());
    stream >> into;
    // What is too small for a double is a failure to some libraries, and as good as zero.
    return std::isfinite(into) && (!stream.fail() || std::fabs(into) < 1);
  }

  bool code_unit(unsigned& into) {
    into = 0;
    for (int count = 0; count < 4; ++count, ++at_) {
      if (at_ >= text_.size()) return false;
      const auto digit = std::string_view("0123456789abcdef").find(
          static_cast<char>(text_[at_] >= 'A' && text_[at_] <= 'F' ? text_[at_] + 32 : text_[at_]));
      if (digit == std::string_view::npos) return false;
      into = into * 16 + static_cast<unsigned>(digit);
    }
    return true;
  }

  static void utf8(std::string& into, unsigned point) {
    const auto put = [&into](unsigned byte) { into.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xC0 | (point >> 6));
      put(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
      put(0xE0 | (point >> 12));
      put(0x80 | ((point >> 6) & 0x3F));
      put(0x80 | (point & 0x3F));
    } else {
      put(0xF0 | (point >> 18));
      put(0x80 | ((point >> 12) & 0x3F));
      put(0x80 | ((point >> 6) & 0x3F));
      put(0x80 | (point & 0x3F));
    }
  }

  bool escape(std::string& into) {
    if (at_ >= text_.size()) return false;
    const char kind = text_[at_++];
    const auto plain = std::string_view("\"\\/bfnrt").find(kind);
    if (plain != std::string_view::npos) {
      into.push_back("\"\\/\b\f\n\r\t"[plain]);
      return true;
    }
    unsigned point = 0;
    if (kind != 'u' || !code_unit(point)) return false;
    if (point >= 0xD800 && point < 0xDC00) {
      unsigned low = 0;
      if (!word("\\u") || !code_unit(low) || low < 0xDC00 || low > 0xDFFF) return false;
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    utf8(into, point);
    return true;
  }

  bool string(std::string& into) {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const char next = text_[at_++];
      if (next == '"') return true;
      if (static_cast<unsigned char>(next) < 0x20) return false;
      if (next != '\\') {
        into.push_back(next);
      } else if (!escape(into)) {
        return false;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

inline bool read(const Json& json, std::string& into) {
  into = json.text;
  return json.kind == Json::Kind::text;
}

inline bool read(const Json& json, double& into) {
  into = json.number;
  return json.kind == Json::Kind::number;
}

inline bool read(const Json& json, std::int64_t& into) {
  constexpr double whole_max = 9007199254740991;
  if (json.kind != Json::Kind::number || std::fabs(json.number) > whole_max) return false;
  if (std::trunc(json.number) < json.number || std::trunc(json.number) > json.number) return false;
  into = static_cast<std::int64_t>(json.number);
  return true;
}

inline bool read(const Json& json, bool& into) {
  into = json.truth;
  return json.kind == Json::Kind::boolean;
}

inline bool read(const Json& json, Json& into) {
  into = json;
  return true;
}

template <typename T>
bool read(const Json& json, std::vector<T>& into);

template <typename T>
bool read(const Json& json, std::optional<T>& into) {
  into.reset();
  if (json.kind == Json::Kind::null) return true;
  T found{};
  if (!read(json, found)) return false;
  into = std::move(found);
  return true;
}

template <typename T>
bool read(const Json& json, std::vector<T>& into) {
  if (json.kind != Json::Kind::array) return false;
  into.clear();
  for (const Json& each : json.items) {
    T item{};
    if (!read(each, item)) return false;
    into.push_back(std::move(item));
  }
  return true;
}

/// A member that must be there.
template <typename T>
bool read_required(const Json& json, std::string_view name, T& into) {
  const Json* found = json.member(name);
  return found != nullptr && read(*found, into);
}

/// A member that may be missing; and null only where its type says so.
template <typename T>
bool read_optional(const Json& json, std::string_view name, std::optional<T>& into, bool nullable) {
  const Json* found = json.member(name);
  if (found == nullptr) return true;
  return (nullable || found->kind != Json::Kind::null) && read(*found, into);
}

inline void write(std::string& out, const std::string& text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out.push_back('"');
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte < 0x20) {
      out += "\\u00";
      out.push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 15]);
    } else {
      if (each == '"' || each == '\\') out.push_back('\\');
      out.push_back(each);
    }
  }
  out.push_back('"');
}

inline void write(std::string& out, bool truth) { out += truth ? "true" : "false"; }

inline void write(std::string& out, std::int64_t whole) { out += std::to_string(whole); }

inline void write(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  std::ostringstream stream;
  stream.imbue(std::locale::classic());
  stream.precision(std::numeric_limits<double>::max_digits10);
  stream << number;
  out += stream.str();
}

inline void write(std::string& out, const Json& json) {
  const bool is_object = json.kind == Json::Kind::object;
  switch (json.kind) {
    case Json::Kind::null: out += "null"; return;
    case Json::Kind::boolean: write(out, json.truth); return;
    case Json::Kind::number: write(out, json.number); return;
    case Json::Kind::text: write(out, json.text); return;
    case Json::Kind::array:
    case Json::Kind::object: break;
  }
  out.push_back(is_object ? '{' : '[');
  for (std::size_t at = 0; at < json.items.size(); ++at) {
    if (at > 0) out.push_back(',');
    if (is_object) {
      write(out, at < json.keys.size() ? json.keys[at] : std::string());
      out.push_back(':');
    }
    write(out, json.items[at]);
  }
  out.push_back(is_object ? '}' : ']');
}

template <typename T>
void write(std::string& out, const std::vector<T>& items);

template <typename T>
void write(std::string& out, const std::optional<T>& value) {
  if (value.has_value()) {
    write(out, *value);
  } else {
    out += "null";
  }
}

template <typename T>
void write(std::string& out, const std::vector<T>& items) {
  out.push_back('[');
  bool first = true;
  for (const T& each : items) {
    if (!first) out.push_back(',');
    first = false;
    write(out, each);
  }
  out.push_back(']');
}

template <typename T>
void write_member(std::string& out, bool& first, const std::string& name, const T& value) {
  if (!first) out.push_back(',');
  first = false;
  write(out, name);
  out.push_back(':');
  write(out, value);
}

/// As a text goes on the wire, beside JSON: a text as it is. Nothing for numbers that are none.
inline std::optional<std::string> text_of(const std::string& text) { return text; }

inline std::optional<std::string> text_of(double number) {
  if (!std::isfinite(number)) return std::nullopt;
  std::string out;
  write(out, number);
  return out;
}

template <typename T>
std::optional<std::string> text_of(const T& value) {
  std::string out;
  write(out, value);
  return out;
}

template <typename T>
std::optional<std::string> text_of(const std::optional<T>& value) {
  return value.has_value() ? text_of(*value) : std::nullopt;
}

template <typename T>
void put(std::map<std::string, std::string>& texts, const std::string& name, const T& value) {
  if (auto text = text_of(value)) texts[name] = std::move(*text);
}

/// The value of a text, or that of the fallback, which is of that type.
template <typename T>
T read_json(const std::string* text, std::string_view fallback) {
  for (const std::string_view each : {text == nullptr ? fallback : std::string_view(*text), fallback}) {
    T found{};
    const auto json = Parser(each).parse();
    if (json.has_value() && read(*json, found)) return found;
  }
  return T{};
}

template <typename T>
void read_text(const std::map<std::string, std::string>& texts, const std::string& name,
               std::optional<T>& into) {
  const auto found = texts.find(name);
  if (found == texts.end()) return;
  T value{};
  const auto json = Parser(found->second).parse();
  if (json.has_value() && read(*json, value)) into = std::move(value);
}

inline void read_text(const std::map<std::string, std::string>& texts, const std::string& name,
                      std::optional<std::string>& into) {
  const auto found = texts.find(name);
  if (found != texts.end()) into = found->second;
}

}  // namespace detail

/// What the SDK's event is made of; it has an optional value, too.
struct EventPayload {
  std::string name;
  std::optional<std::string> value;
  std::map<std::string, std::string> metadata;
};

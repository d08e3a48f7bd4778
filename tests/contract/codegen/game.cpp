// A game that uses code made from definitions. Its arguments are the flags of an answer: name,
// value, name, value. It prints one line for each thing that it sees.
#include "definitions.hpp"

#include <iostream>

namespace game = game_definitions;

/// A flag as the official SDK has it.
struct SFlag {
  std::string name;
  std::string value;
  bool conditionChanged = false;
};

static void tell(const game::Flags& flags) {
  const game::ShopOfferValue offer = flags.shop_offer();
  std::cout << offer.discount << ' ' << (offer.tags ? offer.tags->size() : 0) << ' '
            << (offer.mode == game::ShopOfferValue::Mode_Type::hard) << ' ' << flags.spin_speed()
            << ' ' << flags.class_() << ' ' << flags.greeting() << ' '
            << (flags.difficulty() == game::DifficultyValue::easy ? "easy" : "hard") << '\n';
}

int main(int count, char** arguments) {
  std::vector<SFlag> answer;
  for (int at = 1; at + 1 < count; at += 2) {
    answer.push_back({arguments[at], arguments[at + 1]});
  }
  std::cout << game::flag_names::shop_offer << ' ' << game::event_names::raid_finished << '\n';
  tell(game::Flags(answer));
  tell(game::Flags());
  for (const char* wrong : {"null", "[", "\"x\"", "{}", "{\"discount\":1.5}",
                            "{\"discount\":1,\"mode\":\"x\"}", "{\"discount\":1e999}"}) {
    std::cout << game::Flags(std::vector<SFlag>{{"Shop-Offer", wrong}}).shop_offer().discount;
  }
  std::cout << '\n';
  const game::Flags escapes(std::vector<SFlag>{
      {"Shop-Offer",
       "{\"discount\":5,\"tags\":[\"\\u00e9\\ud83d\\ude00\\n\"],\"mode\":\"hard\",\"extra\":null}"}});
  std::cout << (escapes.shop_offer().tags->front() == "\xC3\xA9\xF0\x9F\x98\x80\n");
  const std::string deep(100000, '[');
  std::cout << game::Flags(std::vector<SFlag>{{"Shop-Offer", deep}}).shop_offer().discount << '\n';

  game::RaidFinishedFields raid;
  raid.value = 3;
  raid.metadata.level = 7;
  raid.metadata.won = true;
  raid.metadata.who = "a \"b\"";
  const game::EventPayload event = game::events::raid_finished(raid);
  std::cout << event.name << ' ' << *event.value;
  for (const auto& [name, text] : event.metadata) std::cout << ' ' << name << '=' << text;
  std::cout << '\n';
  raid.value = std::numeric_limits<double>::quiet_NaN();
  std::cout << game::events::raid_finished(raid).value.has_value();

  game::CustomProperties custom;
  custom.rank = 12.5;
  for (const auto& [name, text] : game::custom_properties(custom)) std::cout << name << text;
  std::cout << game::read_custom_properties({{"rank", "8"}}).rank.value_or(-1)
            << game::read_custom_properties({{"rank", "high"}}).rank.value_or(-1) << '\n';
}

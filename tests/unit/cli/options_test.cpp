#include "cli/options.h"

#include <gtest/gtest.h>

#include <limits>

namespace reel::cli {
namespace {

constexpr OptionSpec kSpecs[] = {
    {"--like", "ID", "may be given several times", '\0', true},
    {"--weight", "W", "a number"},
    {"--exact", "", "a flag"},
};
constexpr OptionGroup kGroup{"Options", kSpecs};
constexpr const OptionGroup* kGroups[] = {&kGroup};
constexpr PositionalSpec kStore[] = {{"STORE", Arity::kOne, "the store"}};

Result<Arguments> parse(std::vector<std::string_view> words) {
    words.insert(words.begin(), "a.mp4");
    return parse_arguments(words, kGroups, kStore);
}

Arguments with_weight(std::string_view weight) { return parse({"--weight", weight}).value(); }

TEST(Options, AnOptionThatRepeatsKeepsItsValuesInOrder) {
    const auto arguments = parse({"--like", "b", "--like=a", "--like", "b"}).value();
    EXPECT_EQ(arguments.find_all("--like"), (std::vector<std::string>{"b", "a", "b"}));
    EXPECT_TRUE(arguments.find_all("--weight").empty());
}

TEST(Options, OtherOptionsAreRefusedTheSecondTime) {
    const auto arguments = parse({"--weight", "1", "--weight", "2"});
    ASSERT_FALSE(arguments);
    EXPECT_EQ(arguments.error().message, "--weight is given twice");
}

TEST(Options, NumbersAreReadInEveryOrdinaryForm) {
    for (const auto& [text, value] : std::vector<std::pair<std::string_view, double>>{
             {"0", 0}, {"0.25", 0.25}, {"-1.5", -1.5}, {"1e-3", 0.001}, {".5", 0.5}}) {
        EXPECT_EQ(with_weight(text).find_real("--weight", -2, 2).value(), value) << text;
    }
    EXPECT_EQ(parse({}).value().find_real("--weight", 0, 1).value(), std::nullopt);
}

TEST(Options, WhatIsNoNumberOfTheRangeIsNamed) {
    for (const std::string_view text : {"1.01", "-0.1", "nan", "inf", "1x", "", " 1", "0,5", "1e999"}) {
        const auto value = with_weight(text).find_real("--weight", 0, 1);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().message,
                  "--weight must be a number from 0 to 1, not \"" + std::string(text) + "\"");
    }
}

TEST(Options, ARangeWithoutEndsTakesAllThatIsFinite) {
    constexpr double kAny = std::numeric_limits<double>::infinity();
    EXPECT_EQ(with_weight("-1e300").find_real("--weight", -kAny, kAny).value(), -1e300);
    const auto value = with_weight("inf").find_real("--weight", -kAny, kAny);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().message, "--weight must be a number, not \"inf\"");
}

TEST(Options, PairsThatDoNotFitAreNamed) {
    constexpr OptionPair kPair[] = {{"--exact", "--weight"}};
    const auto both = parse({"--exact", "--weight", "1"}).value();
    const auto one = parse({"--exact"}).value();
    EXPECT_TRUE(check_apart(one, kPair));
    EXPECT_EQ(check_apart(both, kPair).error().message, "--exact and --weight do not go together");
    EXPECT_TRUE(check_needed(both, kPair));
    EXPECT_TRUE(check_needed(with_weight("1"), kPair));
    EXPECT_EQ(check_needed(one, kPair).error().message, "--exact needs --weight");
}

}  // namespace
}  // namespace reel::cli

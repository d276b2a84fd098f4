// REEL_API: what libreel exports. Everything else in it is hidden
// (-fvisibility=hidden), so that its own libraries' symbols meet nobody's.
#pragma once

/// Put between `class` and the name of a public class, or in front of a public function.
#define REEL_API __attribute__((visibility("default")))

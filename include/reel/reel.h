// The whole of the library's public interface.
#pragma once

#include "reel/database.h"
#include "reel/embedder.h"
#include "reel/embedder_registry.h"
#include "reel/error.h"
#include "reel/guard.h"
#include "reel/metric.h"
#include "reel/record.h"
#include "reel/repair.h"
#include "reel/store_config.h"

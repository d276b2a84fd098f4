#include "vector/code_search_part.h"

#include <algorithm>

namespace reel {

SectionQuery::SectionQuery(const CodeSection& section, const Kernel& kernel)
    : section_(section),
      code_kernel_(code_kernel_of(kernel)),
      centroids_(section),
      query_(section.layout().size()),
      finder_(kernel, section.head().metric) {}

void SectionQuery::prepare(const float* rotated) {
    const size_t size = query_.size();
    const float* mean = section_.mean();
    float* values = query_.values();
    if (section_.head().metric == Metric::kInnerProduct) {
        std::copy_n(rotated, size, values);
        Four dot{};
        for (size_t i = 0; i < size; i += 4) dot += load_four(rotated + i) * load_four(mean + i);
        offset_ = 0.0F - sum_of(dot);
    } else {
        for (size_t i = 0; i < size; i += 4)
            store_four(values + i, load_four(rotated + i) - load_four(mean + i));
    }
    query_.prepare();
}

const std::vector<ListDistance>& SectionQuery::find_lists(size_t wanted) {
    if (section_.layout().is_partitioned())
        return finder_.find(centroids_, query_, section_.head().spread, wanted);
    const bool is_product = section_.head().metric == Metric::kInnerProduct;
    only_list_.assign(1, {.distance = is_product ? 0.0F : query_.squared_norm(),
                          .beta = is_product ? 0.0F : 1.0F,
                          .squared_residual = query_.squared_norm(),
                          .list = 0});
    return only_list_;
}

CodeTerms SectionQuery::terms_of(const ListDistance& list, float epsilon) const {
    CodeTerms terms = query_.terms();
    terms.add = comparable_distance(list);
    terms.beta = list.beta;
    terms.slack = query_.slack(epsilon, section_.head().spread, list.squared_residual);
    return terms;
}

}  // namespace reel

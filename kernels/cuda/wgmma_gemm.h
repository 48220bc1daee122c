#pragma once
// The matrix products of a group of cells on Hopper (compute capability 9.0): one launch, one pass over each
// cell's weights, with what follows the product done on the way out.

#include "kernels/cuda/ops.h"

namespace longview::kernels::cuda {

enum class Epilogue {
    store, ///< y = x · wᵀ
    add,   ///< y = residual + x · wᵀ; residual may be y itself
    swiglu, ///< y [rows, n / 2] = silu(gate) ⊙ up, rows of w (columns of the product) being g₀ u₀ g₁ u₁ …
};

/// Columns of the product that one block computes at a time. Each element's sum runs over k in the same order
/// with all of them, and the results have the same bits.
enum class TileWidth {
    automatic, ///< by n and rows, never by the number of cells
    fastest,   ///< by the number of cells as well: few cells fill the device better with smaller tiles
    narrow,    ///< 128
    middle,    ///< 192; swiglu takes wide instead
    wide,      ///< 256: least traffic
};

/// y[g] [rows, n] = epilogue(x[g] [rows, k] · w[g] [n, k]ᵀ) for the cells g of a group; sums in float32,
/// rounded once at the end. Rows of x, y and residual lie ld_x, ld_y and ld_residual elements apart (0:
/// dense), all multiples of 8. Nothing beyond `rows` rows of a cell is read or written.
struct WgmmaGemm {
    int n = 0; ///< a multiple of 128; of 256 for swiglu
    int k = 0; ///< a multiple of 64
    Epilogue epilogue = Epilogue::store;
    Stack<const Bf16> x;
    Stack<const Bf16> w;
    Stack<Bf16> y;
    Stack<const Bf16> residual; ///< of add
    std::size_t ld_x = 0, ld_y = 0, ld_residual = 0;
    TileWidth width = TileWidth::automatic;
};

/// Can this device run wgmma_gemm? False as well when this build holds no code for it.
bool wgmma_usable(int device);

/// On the current device, which must be usable. Can be captured; a replay uses the pointers of the capture.
Status wgmma_gemm(Stream stream, Group group, const WgmmaGemm& gemm);

} // namespace longview::kernels::cuda

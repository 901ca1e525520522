/// A part of a verification: kernels that belong together.
package enum VerifyPart: String, CaseIterable, Sendable {
  /// All but products and whole steps: gathers, losses, channels, pruning, …
  case small
  /// Products of dense linear layers.
  case matmuls
  /// Those of convolutions.
  case convolutions
  /// Products of sparse linear layers.
  case sparse
  /// Those of sparse convolutions.
  case sparseConvolutions = "sparse-convolutions"
  /// Blocks of images through all layers, forward and back.
  case blocks
  /// Training steps in one launch.
  case wholeSteps = "whole-steps"
  /// The updates of every optimizer.
  case optimizers
}

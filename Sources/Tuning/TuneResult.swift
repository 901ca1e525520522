import GraphExec

/// What a search found for a product.
package struct TuneResult: Sendable, Encodable {
  /// `forward`, `input_gradient` or `weight_gradient`.
  package let pass: String
  package let inputs: Int
  package let outputs: Int
  /// Columns of the activations: the batch, and what pads it.
  package let columns: Int
  /// Of a launch with the tiles that were in use, and with those that are now: the least of samples that took turns.
  package let secondsBefore: Double
  package let secondsAfter: Double
  /// After to before, or the median of the samples' ratios if that is larger; 1 where nothing changed.
  package let ratio: Double
  /// Whether other tiles were found.
  package let isChanged: Bool
  /// The tiles now, by their macros, and in words.
  package let tiles: [String: Int]
  package let tile: String
  /// Sets of tiles that were tried, of those that there are.
  package let tried: Int
  package let candidates: Int
  /// What the reference found wrong with the fastest tiles, which are not used then.
  package let fault: String?
}

/// What a search is doing.
package struct TuneProgress: Sendable {
  /// The product's place, from 1, among all.
  package let place: Int
  package let count: Int
  package let product: ProductShape
  package let tried: Int
  package let candidates: Int
  package let secondsLeft: Double
}

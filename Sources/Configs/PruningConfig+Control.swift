extension PruningConfig {
  /// What a pruned run is held against: a run more, whose network is like the pruned one in all but one thing.
  package enum Control: String, ConfigName {
    /// The same masks, with weights of another draw.
    case newWeights = "new_weights"
    /// The masks shuffled within each layer, so that each keeps its number of survivors.
    case shuffledMask = "shuffled_mask"
    /// Masks drawn at random, with as many survivors for each layer as the scope gives it at the run's sparsity.
    case randomMask = "random_mask"
    /// A dense network of as many parameters as survive, with fewer units in each hidden layer.
    case equalSize = "equal_size"
  }
}

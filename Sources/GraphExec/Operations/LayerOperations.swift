/// The operations that a network's layers can be.
public enum LayerOperations {
  /// All of them, in the order in which tables show them.
  ///
  /// An entry must have a lowering, a kernel of the CPU backend, a truth and a place in the tests that walk this list.
  public static let all: [any LayerOperation.Type] = [
    Linear.self, Conv2D.self, BatchNorm.self, ReLU.self, MaxPool.self, AveragePool.self,
    GlobalAveragePool.self,
    Add.self, Flatten.self, Dropout.self,
  ]
}

import Foundation
import GraphExec

/// A forward pass in `Double`, on one batch.
public struct TruthPass: Sendable {
  private let graph: Graph
  private let output: TensorID

  private let seed: UInt64

  /// The pass of the first training step of a model with this seed.
  public init(_ forward: ForwardPass, seed: UInt64 = 0) {
    self.seed = seed
    graph = forward.graph
    output = forward.output
  }

  /// The output layer, for all images of a set as one batch.
  ///
  /// - Parameter parameters: the entries of each parameter, row-major.
  /// - Throws: `GraphError` for an operation that has no truth.
  public func outputs(of set: HostImages, parameters: [[Double]]) throws(GraphError) -> TruthTensor {
    var tensors: [TensorID: TruthTensor] = [:]
    for node in graph.nodes {
      let output = try graph.output(of: node)
      if node.operation is LoadBatch {
        tensors[output] = Self.images(set, shape: graph.shape(output))
        continue
      }
      guard let operation = node.operation as? any TruthOperation else {
        throw GraphError("there is no truth of \(graph.describe(node))")
      }
      tensors[output] = operation.truth(
        TruthCall(
          inputs: node.inputs.compactMap { tensors[$0] },
          parameters: node.parameters.map { parameters[$0.index] },
          output: output, seed: seed, step: 1
        ))
    }
    guard let result = tensors[output] else { throw GraphError("nothing computes the output") }
    return result
  }

  /// The mean loss of a set's images, as one batch.
  public func meanLoss(
    _ loss: SoftmaxCrossEntropy = SoftmaxCrossEntropy(), of set: HostImages, parameters: [[Double]]
  ) throws(GraphError) -> Double {
    let logits = try outputs(of: set, parameters: parameters)
    var total = 0.0
    for (image, label) in set.labels.enumerated() {
      let own = (0..<logits.shape.count).map { logits[$0, image] }
      let peak = own.max() ?? 0
      let mean = own.reduce(0, +) / Double(own.count)
      let target = (1 - loss.labelSmoothing) * own[Int(label)] + loss.labelSmoothing * mean
      total += log(own.reduce(0) { $0 + exp($1 - peak) }) + peak - target
    }
    return total / Double(set.count)
  }

  private static func images(_ set: HostImages, shape: Shape) -> TruthTensor {
    var tensor = TruthTensor(shape, images: set.count)
    let scales = set.normalization.scales(features: set.size)
    for image in 0..<set.count {
      for feature in 0..<set.size {
        switch set.features {
        case .bytes(let bytes):
          // What the backends' networks see, with its one rounding.
          tensor[feature, image] = Double(
            scales[set.size + feature].addingProduct(
              Float(bytes[image * set.size + feature]), scales[feature]))
        case .floats(let floats): tensor[feature, image] = Double(floats[image * set.size + feature])
        }
      }
    }
    return tensor
  }
}

import Foundation
import GraphExec

extension LoadBatch: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let x = model.output(of: node)
    guard augmentation != .none, let output = node.output else {
      return batch.set.gather(batch.images, into: x, stride: model.stride)
    }
    let bits = StepBits(of: output, seed: model.specification.seed, step: model.step)
    let shape = model.trainingGraph.shape(output)
    batch.set.gather(batch.images, into: x, stride: model.stride) { column in
      AugmentedImage(augmentation, of: shape, column: column, bits: bits)
    }
  }
}

extension OutputSum: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let gradient = model.output(of: node)
    model.forEachPlace(of: node, batch) { at in gradient[at] = scale }
  }
}

extension SoftmaxCrossEntropy: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let logits = model.input(0, of: node)
    let gradient = node.output == nil ? nil : model.output(of: node)
    let (classes, stride) = (model.specification.network.outputs, model.stride)
    for (column, image) in batch.images.enumerated() {
      let label = Int(batch.set.images.labels[Int(image)])
      var peak = -Float.infinity
      var hasNaN = false
      for c in 0..<classes {
        let value = logits[c * stride + column]
        peak = max(peak, value)
        if value.isNaN { hasNaN = true }
      }
      var sum: Float = 0
      for c in 0..<classes { sum += exp(logits[c * stride + column] - peak) }
      var own = label < classes ? logits[label * stride + column] : .nan
      let smoothing = gradient == nil ? 0 : Float(labelSmoothing)
      if smoothing > 0 {
        let total = (0..<classes).reduce(Float(0)) { $0 + logits[$1 * stride + column] }
        own = own * (1 - smoothing) + total * (smoothing / Float(classes))
      }
      batch.totals.loss += Double(hasNaN ? .nan : (peak - own) + log(sum))
      batch.totals.images += 1
      let firstPeak = (0..<classes).first { logits[$0 * stride + column] == peak }
      if !hasNaN && firstPeak == label { batch.totals.correct += 1 }
      guard let gradient else { continue }
      for c in 0..<classes {
        let p = exp(logits[c * stride + column] - peak) / sum
        let target = (c == label ? 1 - smoothing : 0) + smoothing / Float(classes)
        gradient[c * stride + column] = (p - target) / Float(batch.count)
      }
    }
  }
}

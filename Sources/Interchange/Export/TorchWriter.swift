import Files
import GraphExec
import ModelFiles

/// Writes a model for PyTorch: its `state_dict`, and the Python file that rebuilds the network.
package struct TorchWriter {
  private let stored: StoredModel
  private let network: ExportedNetwork
  private let normalization: PixelNormalization
  /// Names of the modules, and of their results, by layers.
  private let names: [String]

  /// - Parameters:
  ///   - stored: the model: the units that it still has are written.
  ///   - normalization: what a byte of an image becomes before the network sees it.
  package init(_ stored: StoredModel, normalization: PixelNormalization) {
    (self.stored, self.normalization) = (stored, normalization)
    network = ExportedNetwork(stored.network)
    var names: [String] = []
    for layer in stored.network.layers {
      let name = PythonName.of(layer.name)
      // Names that differ in a point alone.
      names.append(names.contains(name) ? "\(name)_\(names.count)" : name)
    }
    self.names = names
  }

  /// The `state_dict`: every parameter under its module's name, outputs first.
  package var stateDict: SafetensorsFile {
    var file = SafetensorsFile(metadata: ["format": "pt"])
    for (index, layer) in stored.network.layers.enumerated() {
      let tensors = StateDict.tensors(of: layer.operation)
      for (id, tensor) in zip(stored.network.parameters(of: index), tensors) {
        let parameter = stored.network[id]
        let values = stored.parameters[id.index].matrix.values
        file.tensors["\(names[index]).\(tensor)"] = StoredTensor(
          parameter.isWeight ? TorchLayout.outputsFirst(values, of: parameter) : values,
          shape: parameter.isWeight ? TorchLayout.dimensions(of: parameter) : [parameter.count])
      }
    }
    return file
  }

  /// The Python file.
  ///
  /// - Parameter weights: the name of the `state_dict`'s file, which lies beside it.
  package func program(weights: String) -> String {
    let input = stored.network.input
    let extents = input.isFlat ? "\(input.count)" : "\(input.channels), \(input.height), \(input.width)"
    let modules = network.steps.compactMap { step in
      module(step).map { "        self.\(names[step.layer]) = \($0)\n" }
    }
    let lines = network.steps.map { "        \(variable($0.layer)) = \(call($0))\n" }
    let last = network.steps.last.map { step -> String in
      if case .image = step.gives {
        "torch.flatten(\(variable(step.layer)), 1)"
      } else {
        variable(step.layer)
      }
    }
    return """
      \"\"\"A network that Whittle wrote, as PyTorch modules: load() gives it with its weights, ready to classify.

      It takes float32 [batch, \(extents)]: of a byte of an image, \(TorchWriter.formula(normalization)).
      It gives a value for each of \(stored.network.outputs) classes; softmax makes them probabilities.
      \"\"\"

      from pathlib import Path

      import torch
      from safetensors.torch import load_file
      from torch import nn

      WEIGHTS = Path(__file__).with_name(\(Self.quoted(weights)))


      class Network(nn.Module):
          def __init__(self):
              super().__init__()
      \(modules.joined())
          def forward(self, images):
      \(lines.joined())        return \(last ?? "images")


      def load(weights=WEIGHTS):
          network = Network()
          network.load_state_dict(load_file(weights))
          return network.eval()

      """
  }

  /// What a byte becomes, in Python's words.
  private static func formula(_ normalization: PixelNormalization) -> String {
    normalization == .none
      ? "byte / 255"
      : "(byte / 255 - mean) / std with a mean of \(normalization.mean) and a std of \(normalization.deviation)"
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  private func variable(_ source: Int?) -> String { source.map { "x_\(names[$0])" } ?? "images" }

  /// The module of a layer with parameters; nil for one without.
  private func module(_ step: ExportedNetwork.Step) -> String? {
    let inputs = network.network.inputShapes(of: step.layer)
    switch network.network.layers[step.layer].operation {
    case let own as Linear:
      return "nn.Linear(\(inputs[0].count), \(own.outputs)\(own.bias ? "" : ", bias=False"))"
    case let own as Conv2D:
      let stride = own.stride == 1 ? "" : ", stride=\(own.stride)"
      let padding = own.padding == 0 ? "" : ", padding=\(own.padding)"
      return
        "nn.Conv2d(\(inputs[0].channels), \(own.outputs), \(own.kernel)\(stride)\(padding)\(own.bias ? "" : ", bias=False"))"
    case let own as BatchNorm:
      let kind = if case .image = step.takes { "BatchNorm2d" } else { "BatchNorm1d" }
      return "nn.\(kind)(\(inputs[0].channels), eps=\(own.epsilon), momentum=\(own.momentum))"
    default: return nil
    }
  }

  /// The line that computes a layer.
  private func call(_ step: ExportedNetwork.Step) -> String {
    let layer = network.network.layers[step.layer]
    let read = step.sources.map { source -> String in
      let own = variable(source)
      switch (network.rank(source), step.takes) {
      case (.image, .flat) where !(layer.operation is Flatten): return "torch.flatten(\(own), 1)"
      case (.flat, .image):
        let shape = network.shape(source)
        return "\(own).unflatten(1, (\(shape.channels), \(shape.height), \(shape.width)))"
      default: return own
      }
    }
    switch layer.operation {
    case is Linear, is Conv2D, is BatchNorm: return "self.\(names[step.layer])(\(read[0]))"
    case is ReLU: return "torch.relu(\(read[0]))"
    case is Flatten: return "torch.flatten(\(read[0]), 1)"
    case is Add: return "\(read[0]) + \(read[1])"
    case is GlobalAveragePool: return "\(read[0]).mean((2, 3))"
    case let own as MaxPool: return "nn.functional.max_pool2d(\(read[0]), \(Self.window(own.window)))"
    case let own as AveragePool: return "nn.functional.avg_pool2d(\(read[0]), \(Self.window(own.window)))"
    default: preconditionFailure("\(layer.operation.name) has no form in PyTorch")
    }
  }

  private static func window(_ own: PoolWindow) -> String {
    "\(own.kernel), stride=\(own.stride), padding=\(own.padding)"
  }
}

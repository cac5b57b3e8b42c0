"""Flower's server and as many clients as asked for, for `cargo xtask bench server --flower`.

Arguments: clients, rounds, parameters. Each client answers with the parameters that it gets, so that next to nothing of the
time is the clients'. The last line of the output is JSON.
"""

import json
import multiprocessing
import resource
import sys
import threading
import time

import numpy as np

PORT = 18_345


def serve(clients, rounds, parameters, told):
    import flwr
    from flwr.common import ndarrays_to_parameters

    start = {}

    class Timed(flwr.server.strategy.FedAvg):
        def configure_fit(self, server_round, parameters, client_manager):
            client_manager.wait_for(clients, 3600)
            start.setdefault("wall", time.time())
            start.setdefault("cpu", time.process_time())
            return super().configure_fit(server_round, parameters, client_manager)

    strategy = Timed(
        fraction_fit=1.0,
        fraction_evaluate=0.0,
        min_fit_clients=clients,
        min_available_clients=clients,
        initial_parameters=ndarrays_to_parameters([np.zeros(parameters, dtype=np.float32)]),
    )
    config = flwr.server.ServerConfig(num_rounds=rounds, round_timeout=None)
    flwr.server.start_server(server_address=f"127.0.0.1:{PORT}", config=config, strategy=strategy)
    told.put(
        {
            "seconds": time.time() - start["wall"],
            "cpu_s": time.process_time() - start["cpu"],
            "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
    )


def take_part(errors):
    import queue

    from flwr.common.grpc import create_channel
    from flwr.proto.transport_pb2 import ClientMessage, Code, Reason, Status
    from flwr.proto.transport_pb2_grpc import FlowerServiceStub

    channel = create_channel(f"127.0.0.1:{PORT}", insecure=True)
    answers = queue.Queue()
    try:
        for message in FlowerServiceStub(channel).Join(iter(answers.get, None), wait_for_ready=True):
            if message.HasField("fit_ins"):
                fit = ClientMessage.FitRes(
                    status=Status(code=Code.OK, message=""), parameters=message.fit_ins.parameters, num_examples=10
                )
                answers.put(ClientMessage(fit_res=fit))
            elif message.HasField("reconnect_ins"):
                answers.put(ClientMessage(disconnect_res=ClientMessage.DisconnectRes(reason=Reason.ACK)))
                answers.put(None)
                return
    except Exception as error:
        errors.append(str(error))
    finally:
        channel.close()


def main():
    clients, rounds, parameters = (int(argument) for argument in sys.argv[1:])
    told = multiprocessing.get_context("spawn").Queue()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(clients, rounds, parameters, told))
    server.start()
    errors = []
    threads = [threading.Thread(target=take_part, args=(errors,), daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    result = told.get()
    server.join()
    print(json.dumps({**result, "errors": len(errors)}))


if __name__ == "__main__":
    main()

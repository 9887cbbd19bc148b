from typing import Literal, cast

DeliveryStatusEnum = Literal["delivered", "failed", "waiting"]


def check_delivery_status_enum(value: str) -> DeliveryStatusEnum:
    return cast(DeliveryStatusEnum, value)

"""What an agent does in its sandbox with the published client, told line by line: what became of each call."""

import json
import os

import stripe

stripe.api_base = os.environ["STRIPE_API_BASE"]
stripe.api_key = os.environ["STRIPE_SECRET_KEY"]


def tried(call, **fields):
    try:
        made = call(**fields)
        return {"status": 200, "id": made["id"]}
    except stripe.error.StripeError as error:
        return {"status": error.http_status, "code": error.json_body["code"]}


print(
    json.dumps(
        {
            "pays": tried(stripe.PaymentIntent.create, amount=3000, currency="usd"),
            "reads": tried(lambda: stripe.PaymentIntent.retrieve("pi_1")),
            "pays_too_much": tried(stripe.PaymentIntent.create, amount=3000, currency="usd"),
            "pays_out": tried(stripe.Payout.create, amount=100, currency="usd"),
            "lists_customers": tried(stripe.Customer.list),
        }
    )
)

"""Every address of the site on one screen."""

from __future__ import annotations

from starlette.routing import Route

from web import demo, documents, home, meter, panel, profile, registration, sessions

ROUTES = [
    Route("/", home.show_home),
    Route("/graphql", home.graphql, methods=["GET", "POST"]),
    Route("/register", registration.show_registration),
    Route("/register", registration.register, methods=["POST"]),
    Route("/register/fields", registration.type_fields, methods=["POST"]),
    Route("/register/districts", registration.district_field, methods=["POST"]),
    Route("/register/address", registration.address_fields, methods=["POST"]),
    Route("/password-meter", meter.password_meter, methods=["POST"]),
    Route("/verify-email", registration.show_link),
    Route("/verify-email", registration.confirm_link, methods=["POST"]),
    Route("/sign-in", sessions.show_sign_in),
    Route("/sign-in", sessions.sign_in, methods=["POST"]),
    Route("/sign-out", sessions.sign_out, methods=["POST"]),
    Route("/forgot-password", sessions.show_forgotten),
    Route("/forgot-password", sessions.forgotten, methods=["POST"]),
    Route("/reset-password", sessions.show_reset),
    Route("/reset-password", sessions.reset, methods=["POST"]),
    Route("/language", sessions.choose_language, methods=["POST"]),
    Route("/agreements", documents.show_documents),
    Route("/agreements/{slug}", documents.show_document),
    Route("/agreements/{slug}/compare", documents.compare_documents),
    Route("/panel", panel.show_panel),
    Route("/panel/profile", profile.show_profile),
    Route("/panel/profile/details", profile.save_details, methods=["POST"]),
    Route("/panel/profile/password", profile.save_password, methods=["POST"]),
    Route("/panel/profile/email", profile.save_email, methods=["POST"]),
    Route("/panel/profile/marketing", profile.save_marketing, methods=["POST"]),
    Route("/panel/profile/language", profile.save_language, methods=["POST"]),
    Route("/demo/mail", demo.show_letters),
]
